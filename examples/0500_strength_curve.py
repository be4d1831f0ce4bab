"""What fairness costs: one fitted model, drawn from at several strengths, judged on unseen rows.

Run it from a clean clone, after `make demo`: .venv/bin/python examples/0500_strength_curve.py
"""

import tempfile
from pathlib import Path

from sdv_fair4free import Fair4FreeSynthesizer, fairness_utility_curve
from sdv_fair4free.datasets import simulate_loans

data, metadata = simulate_loans(num_rows=4_000)
unseen, _ = simulate_loans(num_rows=4_000, random_state=1)

synthesizer = Fair4FreeSynthesizer(
    metadata,
    sensitive_columns=['sex'],
    target_column='approved',
    epochs=5,  # only to be quick here
)
synthesizer.fit({'loans': data})

curve = fairness_utility_curve(
    synthesizer,
    {'loans': data},
    {'loans': unseen},
    favourable_outcome='yes',
    strengths=(0.0, 0.25, 0.5, 0.75, 1.0),
    verbose=False,
)

# DPR and EOR are the ratios of demographic parity and of equalized odds, AUC is how well the model
# tells who is approved; all are best at 1. The last row is of the real rows.
print(curve.table.round(3).to_string(index=False, na_rep='real rows'))

with tempfile.TemporaryDirectory() as folder:
    page = Path(folder) / 'curve.html'
    curve.figure.write_html(page)
    print(f'The same, drawn: {page.name}, {page.stat().st_size // 1024} kB')
