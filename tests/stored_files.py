"""Writes the files of a protocol that later versions must open: tests/data/protocol-N.*

Run once, when a protocol is new: ``python tests/stored_files.py N`` with the package installed.
Tables and pictures are simulated, or scikit-learn's digits; no person is in them.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from conftest import hiring_table, small_synthesizer
from pictured import digits, fitted_pictures

from sdv_fair4free import StudentConfig, TeacherConfig, TrainingConfig

DATA = Path(__file__).parent / 'data'
TRAINING = TrainingConfig(epochs=4, width=24, depth=1, batch_size=128)
ROWS = 200
PICTURES = 50


def of_rows(fitted):
    """A synthesizer of a table of so many rows, and how those it makes are written."""
    synthesizer = small_synthesizer(
        sensitive_columns=['sex', 'since'],
        teacher=TeacherConfig(representation=TRAINING, decoder=TRAINING),
        student=StudentConfig(training=TRAINING, pool=2048, precision='half'),
    )
    synthesizer.fit({'hiring': hiring_table(fitted)})

    def write(path, made):
        made['hiring'].to_csv(f'{path}.csv', index=False)

    return synthesizer, ROWS, write


def of_pictures():
    """A synthesizer of pictures, and how they are written."""

    def write(path, made):
        columns = {name: made.table[name].to_numpy().astype(str) for name in made.table}
        np.savez_compressed(f'{path}.npz', images=made.images, **columns)

    return fitted_pictures(digits(600), epochs=4), PICTURES, write


def main(protocol: int) -> None:
    """Write a teacher, a student, and what each makes."""
    kinds = {1: lambda: of_rows(400), 2: of_pictures, 3: lambda: of_rows(1500)}
    synthesizer, rows, write = kinds[protocol]()
    for kind, export in (
        ('teacher', synthesizer.export_teacher),
        ('student', synthesizer.export),
    ):
        path = DATA / f'protocol-{protocol}.{kind}'
        export(path)
        opened = getattr(type(synthesizer), f'from_{kind}')(path)
        opened.reset_sampling()
        write(path, opened.sample(rows))


if __name__ == '__main__':
    main(int(sys.argv[1]))
