"""A first fair table: fit once, sample with and without fairness, compare.

Run it from a clean clone, after `make demo`: .venv/bin/python examples/0100_first_table.py
"""

from sdv.single_table import Fair4FreeSynthesizer

from sdv_fair4free.datasets import simulate_loans

data, metadata = simulate_loans(num_rows=4_000)

synthesizer = Fair4FreeSynthesizer(metadata, sensitive_columns=['sex'], target_column='approved')
synthesizer.fit({'loans': data})


def approved_by_sex(table):
    return table.groupby('sex')['approved'].agg(lambda values: (values == 'yes').mean())


print('Approved, in the real table:')
print(approved_by_sex(data).round(3).to_string())
for strength in (0.0, 0.5, 1.0):
    synthetic = synthesizer.sample(num_rows=4_000, fairness_strength=strength)['loans']
    print(f'Approved, in a synthetic table of fairness_strength {strength}:')
    print(approved_by_sex(synthetic).round(3).to_string())
