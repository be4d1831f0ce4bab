"""A table with every kind of sensitive column and target, and a permutation test."""

import numpy as np
import pandas as pd
import scipy.stats
import torch
from conftest import small_synthesizer
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata

from sdv_fair4free.core.dependence import distances, u_centred

ROWS = 1500


def people(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Wages, approval and grade depend on skill, and on sex, age and country, which are not fair.

    ``country`` has many values, most of them rare; ``age`` and ``since`` are missing now and then.
    """
    rng = np.random.default_rng(seed)
    woman = rng.random(rows) < 0.4
    age = rng.integers(18, 70, rows).astype(float)
    country = rng.choice(
        ['home', *(f'land {i}' for i in range(12))], p=[0.76, *[0.02] * 12], size=rows
    )
    skill = rng.normal(size=rows)
    merit = skill + 0.04 * (age - 44) - 1.0 * woman - 1.6 * (country != 'home')
    table = pd.DataFrame(
        {
            'sex': np.where(woman, 'woman', 'man'),
            'age': age,
            'country': country,
            'since': pd.Timestamp('2024-01-01') - pd.to_timedelta(age * 200, 'D'),
            'skill': skill.round(3),
            'hours': np.round(38 + 4 * rng.normal(size=rows) - 6 * woman),
            'approved': np.where(merit + rng.logistic(size=rows) > 0, 'yes', 'no'),
            'grade': pd.cut(merit + rng.normal(size=rows), [-99, -1, 0.5, 99], labels=[1, 2, 3]),
            'team': pd.cut(merit + rng.normal(size=rows), [-99, -1, 0.5, 99], labels=list('bca')),
            'wage': np.exp(7 + 0.4 * merit + 0.3 * rng.normal(size=rows)).round(2),
        }
    )
    table['grade'] = table['grade'].astype(int)
    table['team'] = table['team'].astype(str)
    table.loc[rng.random(rows) < 0.04, 'age'] = np.nan
    table['since'] = table['since'].dt.strftime('%Y-%m-%d')
    table.loc[rng.random(rows) < 0.04, 'since'] = None
    table['country'] = table['country'].where(table['country'] != 'land 11')  # not told
    return table


SDTYPES = {
    'sex': 'categorical',
    'age': 'numerical',
    'country': 'categorical',
    'since': 'datetime',
    'skill': 'numerical',
    'hours': 'numerical',
    'approved': 'categorical',
    'grade': 'ordinal',
    'team': 'categorical',
    'wage': 'numerical',
}


def metadata() -> Metadata:
    columns = {name: {'sdtype': sdtype} for name, sdtype in SDTYPES.items()}
    columns['since']['datetime_format'] = '%Y-%m-%d'
    columns['grade']['range_values'] = [1, 2, 3]
    return Metadata.load_from_dict({'tables': {'people': {'columns': columns}}})


def told(table: pd.DataFrame, names: list[str]) -> torch.Tensor:
    """Columns as points: ranks of numbers and dates, marks of categories, a mark for missing."""
    parts = []
    for name in names:
        values = table[name]
        if SDTYPES[name] in ('numerical', 'datetime'):
            parts += [values.rank(pct=True).fillna(0.5), values.isna().astype(float)]
        else:
            parts += [part for _, part in pd.get_dummies(values, dtype=float).items()]
    return torch.from_numpy(np.stack(parts, axis=1)).float()


def permuted(points: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """(100,) distance covariances on at most 800 rows: as they are, then of shuffled points."""
    y, s = (u_centred(distances(part[:800].float())) for part in (points, others))
    shuffles = torch.Generator().manual_seed(0)
    orders = [torch.arange(len(y))]
    orders += [torch.randperm(len(y), generator=shuffles) for _ in range(99)]
    # Shuffling rows shuffles their distances: these are computed once.
    return torch.stack([(y[order][:, order] * s).mean() for order in orders])


def p_value(table: pd.DataFrame, targets: list[str], sensitive: list[str]) -> float:
    """Permutation test of independence; at least .01."""
    seen, *others = permuted(told(table, targets), told(table, sensitive))
    return (1 + sum(bool(other >= seen) for other in others)) / 100


def p_value_of_many(points: torch.Tensor, others: torch.Tensor) -> float:
    """The same for many tests at once, whose level is far below what 100 shuffles can tell.

    The tail is that of the Pearson law of type III with the mean, the spread and the skewness of
    the shuffled values, as is usual for distance covariances (Bilodeau & Guetsop Nangue 2017).
    """
    seen, *shuffled = permuted(points, others).double().numpy()
    skewness = max(scipy.stats.skew(shuffled), 0.1)
    place = (seen - np.mean(shuffled)) / np.std(shuffled)
    return float(scipy.stats.pearson3(skewness).sf(place))


def dependence(table: pd.DataFrame, targets: list[str], sensitive: list[str]) -> float:
    """:func:`p_value_of_many` of columns of a table."""
    return p_value_of_many(told(table, targets), told(table, sensitive))


def made_by(synthesizer, rows=2048, **options):
    synthesizer.reset_sampling()
    return synthesizer.sample(rows, **options)['people']


def is_valid(table: pd.DataFrame) -> bool:
    report = run_diagnostic({'people': people()}, {'people': table}, metadata(), verbose=False)
    return report.get_score() == 1.0


def fit_and_check(targets, sensitive, **parameters):
    """Fit, check the table, and give the synthesizer with its table."""
    target = targets[0] if len(targets) == 1 else targets
    synthesizer = small_synthesizer(
        metadata(), sensitive_columns=sensitive, target_column=target, **parameters
    )
    synthesizer.fit({'people': people()})
    made = made_by(synthesizer)
    assert is_valid(made)
    return synthesizer, made
