"""Constraints handed over: rows meet them, and the ends that they learn are of no single row."""

import copy
import itertools

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_table, small_synthesizer
from handed_over import EXACT, STUDENT, TEACHER, as_told, rows_of
from sdv.cag import FixedCombinations, FixedIncrements, Inequality, Range
from sdv.metadata import Metadata
from searched import encodings_of_exactly, encodings_of_number, found

from sdv_fair4free import Fair4FreeSynthesizer
from sdv_fair4free.handover.errors import HandoverError


@pytest.mark.parametrize(
    'constraint',
    [
        Inequality(low_column_name='low', high_column_name='high'),
        FixedCombinations(column_names=['sort', 'sub']),
    ],
    ids=lambda one: type(one).__name__,
)
def test_constraints_that_are_data_come_back(constraint, tmp_path):
    rng = np.random.default_rng(0)
    sort = rng.choice(list('abc'), size=400)
    table = pd.DataFrame(
        {
            'sex': rng.choice(['woman', 'man'], size=400),
            'low': rng.integers(0, 50, 400),
            'sort': sort,
            'sub': np.char.add(sort, rng.choice(['1', '2'], size=400)),
            'hired': rng.choice(['yes', 'no'], size=400),
        }
    )
    table['high'] = table['low'] + rng.integers(0, 30, 400)
    sdtypes = dict.fromkeys(table, 'categorical') | {'low': 'numerical', 'high': 'numerical'}
    columns = {name: {'sdtype': sdtype} for name, sdtype in sdtypes.items()}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        teacher=TEACHER,
        student=STUDENT,
    )
    synthesizer.add_constraints([constraint])
    synthesizer.fit({'t': table})
    synthesizer.export(tmp_path / 'it', **EXACT)
    opened = Fair4FreeSynthesizer.from_student(tmp_path / 'it')
    made = rows_of(opened)
    pd.testing.assert_frame_equal(made, rows_of(as_told(synthesizer)))
    assert (made['high'] >= made['low']).all() or isinstance(constraint, FixedCombinations)


def tied_table(kind, rows=600, missing=False):
    """Numbers or dates of which one lies above the other, the nearer the higher the lower one."""
    rng = np.random.default_rng(3)
    low = rng.integers(0, 990, rows)
    middle = low + 1 + (rng.random(rows) * (996 - low)).astype(int)
    high = middle + 1 + (rng.random(rows) * (998 - middle)).astype(int)
    table = pd.DataFrame(
        {
            'sex': rng.choice(['woman', 'man'], size=rows),
            'hired': rng.choice(['yes', 'no'], size=rows),
        }
    )
    for name, values in {'low': low, 'middle': middle, 'high': high}.items():
        days = pd.Timestamp('2020-01-01') + pd.to_timedelta(values, 'D')
        table[name] = {
            'whole': pd.Series(values),
            'number': pd.Series(values / 10),
            'date': pd.Series(days),
            'text': pd.Series(days.strftime('%Y-%m-%d')),
        }[kind]
    if missing:
        for name in ('low', 'high'):
            table.loc[rng.random(rows) < 0.2, name] = None
    return table


def tied_synthesizer(table, constraint):
    sdtypes = dict.fromkeys(table, 'categorical')
    dates = not pd.api.types.is_numeric_dtype(table['middle'])
    sdtypes |= dict.fromkeys(['low', 'middle', 'high'], 'datetime' if dates else 'numerical')
    columns = {name: {'sdtype': sdtype} for name, sdtype in sdtypes.items()}
    if table['middle'].dtype == object:
        for name in ('low', 'middle', 'high'):
            columns[name]['datetime_format'] = '%Y-%m-%d'
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        teacher=TEACHER,
        student=STUDENT,
    )
    synthesizer.add_constraints([constraint])
    synthesizer.fit({'t': table})
    return synthesizer


TIES = [
    Inequality(low_column_name='low', high_column_name='high'),
    Inequality(low_column_name='low', high_column_name='high', strict_boundaries=True),
    Range(low_column_name='low', middle_column_name='middle', high_column_name='high'),
]


def in_days(values):
    """Numbers as they are, dates as numbers; NaN where missing."""
    if values.dtype == object:
        values = pd.to_datetime(values, format='%Y-%m-%d')
    if pd.api.types.is_datetime64_any_dtype(values):
        return (values - pd.Timestamp('2020-01-01')) / pd.Timedelta('1D')
    return values.astype(float)


@pytest.mark.parametrize(
    ('constraint', 'kind', 'missing'),
    [
        (TIES[0], 'number', False),
        (TIES[1], 'whole', True),
        (TIES[2], 'date', True),
        (TIES[0], 'text', True),
    ],
)
def test_columns_that_a_constraint_ties_together_keep_their_ends(
    constraint, kind, missing, tmp_path
):
    """The greatest low and the greatest difference add up to what nobody has, and no row says."""
    table = tied_table(kind, missing=missing)
    synthesizer = tied_synthesizer(table, copy.deepcopy(constraint))
    synthesizer.export(tmp_path / 'exact', **EXACT)
    made = rows_of(Fair4FreeSynthesizer.from_student(tmp_path / 'exact'), 1000)
    pd.testing.assert_frame_equal(made, rows_of(as_told(synthesizer), 1000))
    synthesizer.export(tmp_path / 'it', extreme_digits=None if kind == 'text' else 3)
    opened = Fair4FreeSynthesizer.from_student(tmp_path / 'it')
    made = rows_of(opened, 1000)
    for name in ('low', 'middle', 'high'):
        real, drawn = in_days(table[name]), in_days(made[name])
        assert real.min() <= drawn.min()
        assert drawn.max() <= real.max()
        assert drawn.max() > real.quantile(0.9)
        assert drawn.isna().any() == real.isna().any()
    low, high = in_days(made['low']), in_days(made['high'])
    assert (low.isna() | high.isna() | (low <= high)).all()
    # Handed on, nothing changes: the ends are coarse already.
    opened.export(tmp_path / 'again', **EXACT)
    again = Fair4FreeSynthesizer.from_student(tmp_path / 'again')
    pd.testing.assert_frame_equal(rows_of(again, 1000), made)


@pytest.mark.parametrize('constraint', TIES[1:], ids=['two', 'three'])
def test_ends_of_tied_columns_are_of_no_single_row(constraint, tmp_path):
    rng = np.random.default_rng(6)
    table = tied_table('number')
    for name in ('low', 'middle', 'high'):
        table[name] += rng.random(len(table)) / 20
    far = [-98765.4321, -87654.321, -7654.3213, 76543.2109, 8765.43217, 987.654321]
    table.loc[:2, 'low'] = far[:3]
    table.loc[3:5, 'high'] = far[3:]
    synthesizer = tied_synthesizer(table, copy.deepcopy(constraint))
    for least, digits in itertools.product([2, 3, 5, 10], [None, 2]):
        synthesizer.export(tmp_path / 'it', min_quantile_count=least, extreme_digits=digits)
        content = (tmp_path / 'it').read_bytes()
        for value in [*far, *table[['low', 'middle', 'high']].max()]:
            assert not found(content, encodings_of_exactly(value)), value
    synthesizer.export(tmp_path / 'it', **EXACT)
    assert found((tmp_path / 'it').read_bytes(), encodings_of_exactly(far[0]))


def test_the_ends_of_fixed_increments_are_of_no_single_row(tmp_path):
    table = hiring_table(300)[['sex', 'hired']]
    table['step'] = np.random.default_rng(0).integers(0, 50, 300) * 5
    table.loc[2, 'step'] = 5 * 7_777_777
    columns = {name: {'sdtype': 'categorical'} for name in ('sex', 'hired')}
    columns['step'] = {'sdtype': 'numerical'}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        teacher=TEACHER,
        student=STUDENT,
    )
    synthesizer.add_constraints([FixedIncrements(column_name='step', increment_value=5)])
    synthesizer.fit({'t': table})
    synthesizer.export(tmp_path / 'it')
    content = (tmp_path / 'it').read_bytes()
    assert not found(content, encodings_of_number(5 * 7_777_777))
    assert not found(content, encodings_of_number(7_777_777))
    made = rows_of(Fair4FreeSynthesizer.from_student(tmp_path / 'it'))
    assert (made['step'] % 5 == 0).all()


def test_a_file_whose_rows_would_end_elsewhere_is_not_written(tmp_path):
    """As one that was fitted before the ends of tied columns were kept."""
    synthesizer = tied_synthesizer(tied_table('number'), copy.deepcopy(TIES[0]))
    synthesizer._constrained = {}
    with pytest.raises(HandoverError, match="'high' would lie"):
        synthesizer.export(tmp_path / 'it')
    assert not (tmp_path / 'it').exists()
