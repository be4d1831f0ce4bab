"""Hand over a generator, not the data: an owner, and somebody who never sees the table.

It plays both parts, the second one in a process of its own that is started in an empty folder with
one file, the teacher.

Run it from a clean clone, after `make demo`: .venv/bin/python examples/0700_hand_over.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from sdv_fair4free import Fair4FreeSynthesizer
from sdv_fair4free.datasets import simulate_loans


def owner(folder: Path) -> None:
    """Fit a teacher on private rows, look at what would leave, and write it."""
    table, metadata = simulate_loans(3000)
    synthesizer = Fair4FreeSynthesizer(
        metadata,
        sensitive_columns=['sex'],
        target_column='approved',
        distillation=None,
        epochs=5,  # only to be quick here
    )
    synthesizer.fit({'loans': table[:2000]})
    held_back = synthesizer.export_teacher(
        folder / 'loans.teacher',
        min_category_count=10,
        data={'loans': table[:2000]},
        holdout={'loans': table[2000:]},
    )
    print('Held back:', held_back)


def receiver(folder: Path) -> None:
    """Distil a smaller student from the file alone, sample from it, and hand it on."""
    synthesizer = Fair4FreeSynthesizer.from_teacher(folder / 'loans.teacher')
    synthesizer.distill('small', epochs=5)  # only to be quick here
    synthesizer.export(folder / 'loans.student')
    student = Fair4FreeSynthesizer.from_student(folder / 'loans.student')
    rows = student.sample(1000)['loans']
    print(rows.head())
    print(rows.groupby('sex')['approved'].value_counts(normalize=True).unstack())


if __name__ == '__main__':
    if sys.argv[1:2] == ['receiver']:
        receiver(Path.cwd())
    else:
        with tempfile.TemporaryDirectory() as owned, tempfile.TemporaryDirectory() as empty:
            owner(Path(owned))
            (Path(owned) / 'loans.teacher').rename(Path(empty) / 'loans.teacher')
            script = Path(__file__).resolve()
            subprocess.run([sys.executable, str(script), 'receiver'], check=True, cwd=empty)
