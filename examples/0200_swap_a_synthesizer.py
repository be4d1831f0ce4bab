"""Swap a synthesizer: the same code with SDV's TVAE and with ours, side by side.

Run it from a clean clone, after `make demo`: .venv/bin/python examples/0200_swap_a_synthesizer.py
"""

import pandas as pd
import torch
from sdv.single_table import Fair4FreeSynthesizer, TVAESynthesizer

from sdv_fair4free.datasets import simulate_loans
from sdv_fair4free.evaluation import evaluate_tstr

torch.manual_seed(0)  # TVAE trains on the global stream, ours has a random_state of its own
data, metadata = simulate_loans(num_rows=3_000)
unseen, _ = simulate_loans(num_rows=3_000, random_state=1)

# Only this differs. Both are trained for fewer epochs than by default, to be quick here: that shows
# how it is done, and not how good either can be.

synthesizers = {
    'TVAE': TVAESynthesizer(metadata, epochs=100),
    'Fair4Free': Fair4FreeSynthesizer(
        metadata, sensitive_columns=['sex'], target_column='approved', epochs=5
    ),
}

# Everything else is the same: fit, sample, a table for a table.

tables = {'real rows': data}
for name, synthesizer in synthesizers.items():
    synthesizer.fit({'loans': data})
    tables[name] = synthesizer.sample(num_rows=len(data))['loans']

# How often women and men are approved, in each table and by a model that is trained on it. The
# model decides about real applicants whom neither it nor the synthesizer has seen.


def described(table):
    written = table.groupby('sex')['approved'].agg(lambda values: (values == 'yes').mean())
    judged = evaluate_tstr(table, unseen, 'approved', 'sex', 'yes', metadata)
    decided = judged.groups['sex'].by_group['selection_rate']
    return {
        'women, in the table': written['female'],
        'men, in the table': written['male'],
        'women, by the model': decided['female'],
        'men, by the model': decided['male'],
        'AUC of the model (best 1)': judged.auc,
    }


shown = pd.DataFrame({name: described(table) for name, table in tables.items()})
print(shown.round(3).to_string())
