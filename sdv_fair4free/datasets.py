"""Two tables to try things on: one real and small, one simulated with a bias we know exactly."""

import json
from dataclasses import dataclass
from importlib.resources import as_file, files

import numpy as np
import pandas as pd
from sdv.metadata import Metadata


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Which columns of a table play a part in a question of fairness.

    Attributes:
        sensitive_columns (tuple[str, ...]): The columns that name the groups.
        target_column (str): The outcome.
        favourable (object): The value of the outcome that people hope for.
    """

    sensitive_columns: tuple[str, ...]
    target_column: str
    favourable: object


PLACEMENT_ROLES = Roles(sensitive_columns=('gender',), target_column='placed', favourable=True)
LOAN_ROLES = Roles(sensitive_columns=('sex',), target_column='approved', favourable='yes')

# Written down only for students who were placed: they give the answer away.
_AFTER_PLACEMENT = ['salary', 'start_date', 'end_date', 'duration']


def load_student_placements(after_placement: bool = True) -> tuple[pd.DataFrame, Metadata]:
    """The student placements table that SDMetrics carries: 215 students, no download.

    Roles: ``PLACEMENT_ROLES`` (sensitive ``gender``, target ``placed``, favourable ``True``).
    72 % of the men and 63 % of the women were placed. So small a table shows how things work; it
    proves nothing.

    Args:
        after_placement (bool): Keep ``salary``, ``start_date``, ``end_date`` and ``duration``.
            They are missing exactly when ``placed`` is False, so a model that may read them need
            not predict. Leave them out (False) to measure a model.

    Returns:
        tuple[pandas.DataFrame, sdv.metadata.Metadata]:
            The table, dates as ``datetime64``, and its metadata (table ``student_placements``).
    """
    folder = files('sdmetrics') / 'demos' / 'single_table'
    description = json.loads((folder / 'metadata.json').read_text(encoding='utf-8'))
    placements = description['tables']['student_placements']
    for column in placements['columns'].values():
        # SDV 2 refuses the first, wants no pattern on a key of whole numbers and no format on dates
        # that are already read.
        for detail in ('computer_representation', 'regex_format', 'datetime_format'):
            column.pop(detail, None)
    description['METADATA_SPEC_VERSION'] = 'V2'
    with as_file(folder / 'student_placements_real.csv') as path:
        table = pd.read_csv(path, parse_dates=['start_date', 'end_date'])
    if not after_placement:
        table = table.drop(columns=_AFTER_PLACEMENT)
    placements['columns'] = {name: placements['columns'][name] for name in table.columns}
    return table, Metadata.load_from_dict(description)


REGION_PENALTY = {'north': 0.0, 'east': 0.2, 'south': 0.5, 'west': 0.9}
SEX_PENALTY = {'male': 0.0, 'female': 1.2}
_EDUCATION = {'basic': 0, 'secondary': 1, 'bachelor': 2, 'master': 3}
_OCCUPATION = ['office', 'trade', 'technical', 'care', 'teaching', 'sales']
_PURPOSE = {'car': 0.0, 'home': 0.4, 'business': -0.5, 'other': -0.2}


def loan_merit(table: pd.DataFrame) -> pd.Series:
    """Log-odds of approval that an unbiased officer gives, read off the columns of the table.

    A missing ``debt_ratio`` counts as 0.3, its mean. ``sex``, ``region``, ``occupation``,
    ``part_time`` and the date play no part.

    Args:
        table: Applications, with the columns of :func:`simulate_loans`.

    Returns:
        (rows,) log-odds; any number, the higher the likelier.
    """
    merit: pd.Series = (
        0.8
        + 1.4 * np.log(table['income'] / 40_000)
        + 0.05 * (table['employment_years'] - 8)
        + 0.5 * (table['education'].map(_EDUCATION).astype(float) - 1.5)
        - 5.0 * (table['debt_ratio'].fillna(0.3) - 0.3)
        + table['purpose'].map(_PURPOSE).astype(float)
    )
    return merit


def simulate_loans(
    num_rows: int = 10_000, bias: float = 1.0, random_state: int = 0
) -> tuple[pd.DataFrame, Metadata]:
    """Loan applications decided by merit and, as far as ``bias`` says, by group.

    Roles: ``LOAN_ROLES`` (sensitive ``sex``, target ``approved``, favourable ``'yes'``);
    ``region`` may be taken as sensitive too. The whole truth, with ``merit = loan_merit(table)``:

    * ``P(approved = 'yes') = sigmoid(merit - bias * (SEX_PENALTY[sex] + REGION_PENALTY[region]))``.
    * The columns of merit (income, employment years, education, debt ratio, purpose) and ``age``
      are drawn without regard to sex and region. Hence at ``bias=0`` approval is independent of
      both, and at any bias the log-odds of women and men of equal merit and region differ by
      ``bias * 1.2``.
    * ``occupation`` and ``part_time`` depend on sex and on nothing else: they are proxies. Leaving
      ``sex`` out of a model does not make it blind, and neither helps to judge merit.
    * The same ``random_state`` gives the same applicants and the same luck at every ``bias``. So
      more bias takes approvals away, from women and outside the north, and never grants one; a man
      in the north is decided alike at every bias.

    Args:
        num_rows (int): Number of applications, at least 1.
        bias (float): How many penalties are charged, at least 0; 0 is a fair officer.
        random_state (int): Seed.

    Returns:
        tuple[pandas.DataFrame, sdv.metadata.Metadata]:
            The table and its metadata (table ``loans``).

    Raises:
        ValueError: If ``num_rows`` is below 1 or ``bias`` below 0.
    """
    if num_rows < 1 or not bias >= 0:
        raise ValueError(f'num_rows ({num_rows}) must be at least 1 and bias ({bias}) at least 0.')
    rng = np.random.default_rng(random_state)
    female = rng.random(num_rows) < 0.45
    region = rng.choice(list(REGION_PENALTY), num_rows, p=[0.45, 0.28, 0.17, 0.10])

    age = rng.integers(21, 66, num_rows)
    education = rng.choice(4, num_rows, p=[0.15, 0.40, 0.30, 0.15])
    employment_years = np.floor((age - 20) * rng.beta(2, 2, num_rows)).astype(int)
    income = 24_000 * np.exp(0.18 * education + 0.012 * employment_years)
    income = np.round(income * rng.lognormal(0.0, 0.35, num_rows), -2)
    debt_ratio = np.round(rng.beta(3, 7, num_rows), 3)
    debt_ratio[rng.random(num_rows) < 0.08] = np.nan

    of_women = rng.choice(_OCCUPATION, num_rows, p=[0.22, 0.04, 0.08, 0.30, 0.18, 0.18])
    of_men = rng.choice(_OCCUPATION, num_rows, p=[0.18, 0.32, 0.24, 0.05, 0.07, 0.14])
    table = pd.DataFrame(
        {
            'application_id': 'A' + pd.Series(range(num_rows)).astype(str).str.zfill(7),
            'application_date': pd.Timestamp('2023-01-01')
            + pd.to_timedelta(rng.integers(0, 730, num_rows), unit='D'),
            'sex': np.where(female, 'female', 'male'),
            'region': region,
            'age': age,
            'education': np.array(list(_EDUCATION))[education],
            'occupation': np.where(female, of_women, of_men),
            'part_time': rng.random(num_rows) < np.where(female, 0.45, 0.12),
            'employment_years': employment_years,
            'income': income,
            'debt_ratio': debt_ratio,
            'purpose': rng.choice(list(_PURPOSE), num_rows, p=[0.40, 0.25, 0.15, 0.20]),
        }
    )
    penalty = table['sex'].map(SEX_PENALTY) + table['region'].map(REGION_PENALTY)
    approval = 1 / (1 + np.exp(bias * penalty - loan_merit(table)))
    # The luck is drawn last and does not depend on the bias.
    table['approved'] = np.where(rng.random(num_rows) < approval, 'yes', 'no')
    return table, _loan_metadata([*table.columns])


def _loan_metadata(names: list[str]) -> Metadata:
    sdtypes = {
        'application_id': {'sdtype': 'id', 'regex_format': r'A\d{7}'},
        'application_date': {'sdtype': 'datetime'},
        'education': {'sdtype': 'ordinal', 'range_values': list(_EDUCATION)},
        'part_time': {'sdtype': 'boolean'},
    }
    numbers = ['age', 'employment_years', 'income', 'debt_ratio']
    sdtypes |= {name: {'sdtype': 'numerical'} for name in numbers}
    columns = {name: sdtypes.get(name, {'sdtype': 'categorical'}) for name in names}
    return Metadata.load_from_dict(
        {
            'tables': {'loans': {'primary_key': 'application_id', 'columns': columns}},
            'relationships': [],
            'METADATA_SPEC_VERSION': 'V2',
        }
    )
