"""Several sensitive columns are crossed, and numbers are sensitive as they are.

Fair to women and fair to the west is not yet fair to women in the west. And age has no groups: what
is asked for is that the outcome does not depend on it, wherever one draws a line.

Run it from a clean clone, after `make demo`:
.venv/bin/python examples/0600_crossed_and_numeric_sensitive.py
"""

import pandas as pd

from sdv_fair4free import Fair4FreeSynthesizer
from sdv_fair4free.datasets import simulate_loans

data, metadata = simulate_loans(num_rows=6_000)


def fair_table(sensitive_columns):
    synthesizer = Fair4FreeSynthesizer(
        metadata,
        sensitive_columns=sensitive_columns,
        target_column='approved',
        epochs=5,  # only to be quick here
    )
    synthesizer.fit({'loans': data})
    return synthesizer, synthesizer.sample(num_rows=len(data))['loans']


def approved(table, groups):
    return table['approved'].eq('yes').groupby(groups, observed=True).mean()


synthesizer, synthetic = fair_table(['sex', 'region'])
crossed = {
    'real': approved(data, [data['sex'], data['region']]),
    'synthetic': approved(synthetic, [synthetic['sex'], synthetic['region']]),
}
print('Approved, by sex and region:')
print(pd.DataFrame(crossed).round(3).to_string())

print('Rare groups learn their fairness in part from larger ones; own_share says how far from')
print('their own rows:')
groups = pd.DataFrame(synthesizer.get_info()['sensitive_groups']).T
print(groups.sort_values('rows').round(3).to_string())

_, synthetic = fair_table(['sex', 'age'])
edges = [20, 30, 40, 50, 66]  # only to look at: the model knows of no edges


def by_age(table):
    return approved(table, [table['sex'], pd.cut(table['age'], edges)])


print('Approved, by sex and age:')
print(pd.DataFrame({'real': by_age(data), 'synthetic': by_age(synthetic)}).round(3).to_string())
