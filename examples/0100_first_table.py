"""A first fair table: fit once, sample with and without fairness, compare.

Run it from a clean clone, after `make demo`: .venv/bin/python examples/0100_first_table.py
"""

from sdv.single_table import Fair4FreeSynthesizer

from sdv_fair4free.datasets import simulate_loans

# Applications for loans, simulated. The officer who decided them was harder on women. The metadata
# say what each column is.

data, metadata = simulate_loans(num_rows=4_000)
print(data[['sex', 'education', 'income', 'purpose', 'approved']].head().to_string(index=False))

# The synthesizer is told which outcome must not depend on which columns.

synthesizer = Fair4FreeSynthesizer(metadata, sensitive_columns=['sex'], target_column='approved')
synthesizer.fit({'loans': data})


def approved_by_sex(table):
    return table.groupby('sex')['approved'].agg(lambda values: (values == 'yes').mean())


# How fair it is, is said when rows are drawn. No strength needs another fit: 0 is the table as it
# was, 1 an outcome that does not depend on the group.

print('Approved, in the real table:')
print(approved_by_sex(data).round(3).to_string())
for strength in (0.0, 0.5, 1.0):
    synthetic = synthesizer.sample(num_rows=4_000, fairness_strength=strength)['loans']
    print(f'Approved, in a synthetic table of fairness_strength {strength}:')
    print(approved_by_sex(synthetic).round(3).to_string())
