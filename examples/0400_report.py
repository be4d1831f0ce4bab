"""The fairness report: is a synthetic table fair, and is it still of use?

Two tables of one model are judged, with and without fairness; a table of any other origin is judged
alike. docs/reading-the-report.md says what the figures mean.

Run it from a clean clone, after `make demo`: .venv/bin/python examples/0400_report.py
"""

import tempfile
from pathlib import Path

from sdv_fair4free import Fair4FreeSynthesizer, evaluate_fairness
from sdv_fair4free.datasets import simulate_loans

data, metadata = simulate_loans(num_rows=3_000)
unseen, _ = simulate_loans(num_rows=2_000, random_state=1)  # nobody has learnt from these rows

synthesizer = Fair4FreeSynthesizer(
    metadata,
    sensitive_columns=['sex'],
    target_column='approved',
    epochs=5,  # only to be quick here
)
synthesizer.fit({'loans': data})

reports = {
    f'strength {strength}': evaluate_fairness(
        {'loans': data},
        synthesizer.sample(num_rows=3_000, fairness_strength=strength),
        metadata,
        sensitive_columns=['sex'],
        target_column='approved',
        real_validation_data={'loans': unseen},
        favourable_outcome='yes',
        bootstrap_samples=50,  # only to be quick here
        verbose=False,
    )
    for strength in (0, 1)
}
unfair, fair = reports.values()

# Utility is measured on real outcomes. These are unfair themselves, so that a fair table has to
# give up some of it.
print('Scores, from 0 to 1, best 1:')
print(fair.compare({'strength 0': unfair}, name='strength 1').round(2).to_string())


def parity(report, source):
    figures = report.get_audit().figures
    wanted = figures['Metric'].eq('Demographic parity ratio') & figures['Source'].eq(source)
    (row,) = figures[wanted].itertuples()
    return f'{row.Value:.3f} ({row.Low:.3f} to {row.High:.3f})'


print('Rates of women and men whom a model of each table approves, as a ratio, best 1:')
print('real rows: ', parity(fair, 'real'))
for name, report in reports.items():
    print(f'{name}:', parity(report, 'synthetic'))

print('What is to be known of these figures:')
for note in fair.get_audit().notes:
    print('*', note)

with tempfile.TemporaryDirectory() as folder:
    page = Path(folder) / 'report.html'
    fair.to_html(page, {'strength 0': unfair}, name='strength 1')
    print(f'One page that opens offline: {page.name}, {page.stat().st_size // 1024} kB')
