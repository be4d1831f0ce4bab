"""Writes the files of the current protocol that later versions must open: tests/data/protocol-N.*

Run once, when a protocol is new: ``python tests/stored_files.py`` with the package installed. The
table is simulated; no person is in it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest import hiring_table, small_synthesizer

from sdv_fair4free import StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.handover.manifest import PROTOCOL

DATA = Path(__file__).parent / 'data'
TRAINING = TrainingConfig(epochs=4, width=24, depth=1, batch_size=128)
ROWS = 200


def main() -> None:
    """Write a teacher, a student, and rows of each."""
    synthesizer = small_synthesizer(
        sensitive_columns=['sex', 'since'],
        teacher=TeacherConfig(representation=TRAINING, decoder=TRAINING),
        student=StudentConfig(training=TRAINING, pool=2048, precision='half'),
    )
    synthesizer.fit({'hiring': hiring_table(600)})
    for kind, write in (
        ('teacher', synthesizer.export_teacher),
        ('student', synthesizer.export),
    ):
        path = DATA / f'protocol-{PROTOCOL}.{kind}'
        write(path)
        opened = getattr(type(synthesizer), f'from_{kind}')(path)
        opened.reset_sampling()
        opened.sample(ROWS)['hiring'].to_csv(f'{path}.csv', index=False)


if __name__ == '__main__':
    main()
