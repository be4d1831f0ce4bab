"""Pictures: train on fair ones, hand the generator over, and read the report.

Coloured digits, 8 x 8 pixels: in the real pictures most digits below 5 are red and most others
green. Writing the files takes Pillow: python -m pip install '.[images]' in a clone.

Run it from a clean clone, after `make demo`: .venv/bin/python examples/0900_images.py
"""

import tempfile
from pathlib import Path

import pandas as pd

from sdv_fair4free import Fair4FreeImageSynthesizer, evaluate_images
from sdv_fair4free.images.datasets import load_coloured_digits

digits = load_coloured_digits()
synthesizer = Fair4FreeImageSynthesizer(
    digits.metadata,
    sensitive_columns=['color'],
    target_column='digit',
    epochs=8,  # only to be quick here
)
synthesizer.fit(digits.train)


def red_by_digit(table: pd.DataFrame) -> str:
    """The share of red pictures of each digit."""
    return table['color'].eq('red').groupby(table['digit']).mean().round(2).to_string()


attributes, images = synthesizer.sample(num_rows=1_000)
print(f'{len(images)} pictures of {images.shape[1]} x {images.shape[2]} pixels.')
print('Red, in the real pictures:')
print(red_by_digit(digits.train.table))
print('Red, in the synthetic ones:')
print(red_by_digit(attributes['digits']))

with tempfile.TemporaryDirectory() as folder:
    written = synthesizer.save_images(Path(folder) / 'pictures', num_rows=20)
    print(f'A folder that loaders of images read, with its attributes: {written.iloc[0].to_dict()}')

    # Whoever gets this file draws pictures, and has never seen one.
    synthesizer.export(Path(folder) / 'digits.student')
    student = Fair4FreeImageSynthesizer.from_student(Path(folder) / 'digits.student')
    print(f'From the file alone: {student.sample(num_rows=5).images.shape}')

    report = evaluate_images(
        digits.train,
        synthesizer.sample(num_rows=1_000),
        digits.test,
        sensitive_columns='color',
        target_column='digit',
        synthesizer=synthesizer,
    )
    report.to_html(Path(folder) / 'report.html')
for figure in ('Accuracy', 'Accuracy, minority', 'Frechet distance'):
    values = {rows: round(report.value(figure, rows), 3) for rows in ('real', 'synthetic')}
    print(f'{figure}: {values}')
