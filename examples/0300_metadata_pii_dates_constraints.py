"""Metadata decide how a table is made: keys, personal data, dates, and what columns owe each other.

Run it from a clean clone, after `make demo`:
.venv/bin/python examples/0300_metadata_pii_dates_constraints.py
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sdv.cag import FixedCombinations, Inequality
from sdv.metadata import Metadata
from sdv.single_table import Fair4FreeSynthesizer

from sdv_fair4free.datasets import simulate_loans

# The loans of the first example with four more columns: a name, an e-mail address, a branch of the
# bank, which belongs to one region, and the date of the decision. Dates are written as text.

data, metadata = simulate_loans(num_rows=3_000)
rng = np.random.default_rng(0)
numbers = pd.Series(range(len(data))).astype(str)
waited = pd.to_timedelta(rng.integers(0, 30, len(data)), unit='D')
data['name'] = 'Applicant ' + numbers
data['email'] = 'applicant' + numbers + '@mail.example'
data['branch'] = data['region'] + '-' + rng.choice(['1', '2', '3'], len(data))
data['decision_date'] = (data['application_date'] + waited).dt.strftime('%d %b %Y')
data['application_date'] = data['application_date'].dt.strftime('%d %b %Y')

# The metadata are told. They can be kept as a file, and read from it the next time.

metadata.add_column('name', 'loans', sdtype='name', pii=True)
metadata.add_column('email', 'loans', sdtype='email', pii=True)
metadata.add_column('branch', 'loans', sdtype='categorical')
metadata.add_column('decision_date', 'loans', sdtype='datetime', datetime_format='%d %b %Y')
metadata.update_column('application_date', 'loans', datetime_format='%d %b %Y')
with tempfile.TemporaryDirectory() as folder:
    metadata.save_to_json(Path(folder) / 'loans.json')
    metadata = Metadata.load_from_json(Path(folder) / 'loans.json')

# Metadata speak of single columns. Constraints say what holds between them; the sensitive columns
# and the target cannot be among those.

synthesizer = Fair4FreeSynthesizer(
    metadata,
    sensitive_columns=['sex'],
    target_column='approved',
    locales=['en_GB'],  # of the names that are made up
    epochs=5,  # only to be quick here
)
synthesizer.add_constraints(
    [
        FixedCombinations(column_names=['region', 'branch']),
        Inequality('application_date', 'decision_date'),
    ]
)
synthesizer.fit({'loans': data})
synthetic = synthesizer.sample(num_rows=3_000)['loans']

# What came of it, column by column.

shown = ['application_id', 'name', 'email', 'region', 'branch', 'application_date', 'decision_date']
print(synthetic[shown].head().to_string(index=False))


def days_waited(table):
    dates = table[['application_date', 'decision_date']].apply(pd.to_datetime, format='%d %b %Y')
    return (dates['decision_date'] - dates['application_date']).dt.days


branches = set(zip(data['region'], data['branch'], strict=True))
made_up = set(zip(synthetic['region'], synthetic['branch'], strict=True))
print('Keys are unique:', synthetic['application_id'].is_unique)
print('Keys follow the pattern:', synthetic['application_id'].str.fullmatch(r'A\d{7}').all())
print('Real names that come back:', synthetic['name'].isin(data['name']).sum())
print('Real e-mail addresses that come back:', synthetic['email'].isin(data['email']).sum())
print('Branches in a region where they are not:', len(made_up - branches))
print('Decisions before the application:', (days_waited(synthetic) < 0).sum())
for name, table in {'real': data, 'synthetic': synthetic}.items():
    wait = days_waited(table)
    print(f'Days waited, {name}: {wait.min()} to {wait.max()}, {wait.mean():.1f} on average')
approved = synthetic['approved'].eq('yes').groupby(synthetic['sex']).mean()
print('Approved, synthetic:', approved.round(3).to_dict())
