"""Rows of a rare group on condition: drawn, not waited for; groups are treated alike as ever.

Run it from a clean clone, after `make demo`:
.venv/bin/python examples/0800_rare_group_on_condition.py
"""

import pandas as pd
from sdv.sampling import Condition

from sdv_fair4free import Fair4FreeSynthesizer
from sdv_fair4free.datasets import simulate_loans

data, metadata = simulate_loans(num_rows=4_000)
synthesizer = Fair4FreeSynthesizer(
    metadata,
    sensitive_columns=['sex', 'region'],
    target_column='approved',
    epochs=5,  # only to be quick here
)
synthesizer.fit({'loans': data})

rare = {'sex': 'female', 'region': 'west', 'education': 'master'}


def are_rare(table):
    return table[[*rare]].astype(object).eq(pd.Series(rare)).all(axis=1)


def approved(table):
    return table['approved'].eq('yes').mean()


free = synthesizer.sample(num_rows=4_000)['loans']
print('Asked for:', rare)
print(f'Among {len(data)} real rows: {are_rare(data).sum()}')
print(f'Among {len(free)} free synthetic rows: {are_rare(free).sum()}')

asked = synthesizer.sample_from_conditions([Condition(rare, num_rows=500)])['loans']
print(f'On condition: {are_rare(asked).sum()} of {len(asked)}')

# A condition on the sensitive columns alone leaves the outcome as it is for everybody.
group = {'sex': 'female', 'region': 'west'}
of_group = synthesizer.sample_from_conditions([Condition(group, num_rows=2_000)])['loans']
in_group = data['sex'].eq('female') & data['region'].eq('west')
print('Approved, real rows: ', end='')
print(f'{approved(data):.3f} of all, {approved(data[in_group]):.3f} of women in the west')
print('Approved, synthetic: ', end='')
print(f'{approved(free):.3f} of all, {approved(of_group):.3f} of women in the west')

# Rows of which a part is known, each completed with the rest.
known = pd.DataFrame({**{name: [value] * 3 for name, value in group.items()}, 'age': [25, 40, 60]})
completed = synthesizer.sample_remaining_columns(known)['loans']
shown = ['sex', 'region', 'age', 'education', 'employment_years', 'income', 'approved']
print('Known: sex, region, age. The rest is made:')
print(completed[shown].to_string(index=False))
