"""Plug-ins that answer one question, and tables and reports to try them on."""

import numpy as np
import pandas as pd
from conftest import hiring_metadata, hiring_table
from rdt.transformers import BaseTransformer
from sdv.metadata import Metadata

from sdv_fair4free import evaluate_fairness
from sdv_fair4free.metrics.catalogue import FairnessFigure
from sdv_fair4free.plugins import hookimpl


def answering(question, answer):
    """A plug-in that answers one question."""
    return type('Answering', (), {question: hookimpl(lambda self: answer)})()


def square_of_means(z, s):
    """0 if every group has the same mean."""
    centred = s - s.mean(0)
    return ((centred.T @ z) / len(z)).square().sum()


def selection_gap(outcome, decision, group):
    rates = np.bincount(group, weights=decision) / np.maximum(np.bincount(group), 1)
    rates = rates[np.bincount(group) > 0]
    return float(rates.max() - rates.min())


GAP = FairnessFigure(
    topic='Model Parity', compute=selection_gap, definition='Largest minus smallest rate.'
)


def two_tables(hiring):
    other = hiring_table(600, seed=2)
    return hiring, other


def report_of(hiring, **settings):
    real, synthetic = two_tables(hiring)
    usual = {
        'sensitive_columns': 'sex',
        'target_column': 'hired',
        'include_privacy': False,
        'include_quality': False,
        'bootstrap_samples': 20,
        'verbose': False,
    }
    return evaluate_fairness(real, synthetic, hiring_metadata(), **{**usual, **settings})


class Initial(BaseTransformer):
    """Learns the first letter of a text, and brings a text of that letter back."""

    INPUT_SDTYPE = 'text'
    SUPPORTED_SDTYPES = ('text',)

    def _fit(self, data):
        self.output_properties = {None: {'sdtype': 'categorical', 'next_transformer': None}}

    def _transform(self, data):
        return data.str[0]

    def _reverse_transform(self, data):
        return data + '...'


def named_table(hiring):
    names = pd.Series(['Anna', 'Bert', 'Cleo'] * len(hiring)).head(len(hiring))
    told = hiring_metadata().to_dict()
    told['tables']['hiring']['columns']['name'] = {'sdtype': 'first_name', 'pii': True}
    return hiring.assign(name=names.to_numpy()), Metadata.load_from_dict(told)
