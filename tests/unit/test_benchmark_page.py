"""The page of the benchmarks says what was measured, and whether it is what was asked for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sdv_fair4free.benchmark.compare import SynthesizerComparison
from sdv_fair4free.benchmark.floors import FAIR, FROM_BOUND, QUALITY, floors
from sdv_fair4free.benchmark.judge import BOUND, BY_GROUP, CHANCE, REAL
from sdv_fair4free.benchmark.page import markdown
from sdv_fair4free.benchmark.suite import TVAE, Section

PLAIN = 'Student, no sensitive columns'
ROWS = [
    TVAE,
    'Student',
    'Teacher',
    PLAIN,
    'Teacher, no sensitive columns',
    'Student, equalized odds',
    'Student, scope all',
]
GOOD = {
    'AUC': 0.93,
    'DPR': 0.98,
    'EOR': 0.98,
    'Sensitive AUC': 0.51,
    'Column Shapes': 0.999,
    'Column Pair Trends': 0.99,
    'All Pair Trends': 0.995,
    'Coverage': 0.97,
    'Copies': 0.0,
    'Test Copies': 0.001,
    'Fit Seconds': 20.0,
    'Teacher Parameters': 9000.0,
    'Student Parameters': 2000.0,
}
COST = {
    'seconds': 10.0,
    'peak_mb': 500.0,
    'peak_before_mb': 400.0,
    'real_rows': 30_000,
    'synthetic_rows': 30_000,
    'validation_rows': 16_281,
    'columns': 15,
    'sensitive_columns': 2,
    'DPR': 0.3265,
    'EOR': 0.2615,
}


def section(title, **changes):
    """Two seeds of figures that are all good, but for the changes: by row, one for each seed."""
    rows = []
    for seed in (0, 1):
        rows.append({'Synthesizer': REAL, 'Seed': seed, **GOOD, 'Error': None})
        rows.append({'Synthesizer': BOUND, 'Seed': seed, 'AUC': 0.93, 'DPR': 0.98, 'Error': None})
        rows.append({'Synthesizer': CHANCE, 'Seed': seed, 'DPR': 0.99, 'Error': None})
        for name in ROWS:
            figures = GOOD | {key: both[seed] for key, both in changes.get(name, {}).items()}
            seconds = 200.0 if name == TVAE else 20.0
            groups = [
                {'Group': 'man', 'count': 100, 'selection_rate': 0.5},
                {'Group': 'other', 'count': 20, 'selection_rate': 0.25 + seed / 10},
            ]
            rows.append(
                {'Synthesizer': name, 'Seed': seed, 'Error': None, BY_GROUP: groups}
                | figures
                | {'Fit Seconds': seconds}
            )
    comparison = SynthesizerComparison.of(rows)
    return Section(
        title=title,
        told='some rows.',
        comparison=comparison,
        chance=(0.99, 0.95, 1.0),
        chance_on='these test rows',
    )


def adult(**changes):
    return [section('Adult, sex', **changes), section('Adult, race'), section('Adult, both')]


OWN = pd.DataFrame(
    {'Seed': [0, 1], 'Error': [None, None], 'AUC': 0.9, 'DPR': [0.98, 0.99], 'EOR': 0.98}
)


BY_STRENGTH = pd.DataFrame(
    [
        {'Seed': seed, 'Strength': strength, **GOOD, 'DPR': parity}
        for seed in (0, 1)
        for strength, parity in ((0.0, 0.4), (0.5, 0.61 + seed / 50), (1.0, 0.6))
    ]
)


SIZES = pd.DataFrame(
    [
        {'Seed': seed, 'Generator': name, **GOOD, 'Weight Bytes': stored, 'Error': None}
        | {'Rows Per Second': speed + 1000 * seed, 'Distillation Seconds': seconds}
        for seed in (0, 1)
        for name, stored, speed, seconds in (
            ('teacher', 2_000_000, 100_000, None),
            ('small', 199_000, 250_000, 5.0),
            ('large', 640_000, 210_000, 9.0),
        )
    ]
)


def of_small(**changes):
    """The sizes, with other figures of the small student."""
    small = SIZES['Generator'] == 'small'
    return SIZES.assign(**{name: SIZES[name].where(~small, new) for name, new in changes.items()})


def found(sections=None, compas=None, own=OWN, sizes=SIZES, cost=COST):
    sections = adult() if sections is None else sections
    compas = [section('Compas, sex')] if compas is None else compas
    return floors(sections, compas, own, sizes, cost)


def missed(*arguments, **named):
    return [floor.asked for floor in found(*arguments, **named) if not floor.met]


def test_figures_that_are_good_enough_meet_all_that_was_asked():
    assert missed() == []


@pytest.mark.parametrize(
    ('row', 'figure', 'least', 'asked'),
    [
        ('Student', 'DPR', FAIR['DPR'], 'Adult, sex, demographic parity'),
        ('Student', 'Coverage', QUALITY['Coverage'], 'Adult, sex, quality'),
        (
            'Student, no sensitive columns',
            'Column Pair Trends',
            0.985,
            'Adult, no sensitive columns',
        ),
        ('Student, equalized odds', 'EOR', 0.85, 'Adult, sex, equalized odds'),
    ],
)
def test_a_mean_over_seeds_below_what_was_asked_is_told(row, figure, least, asked):
    def sections(mean):
        return adult(**{row: {figure: (mean - 0.01, mean + 0.01)}})

    assert missed(sections(least + 1e-6)) == []
    (named,) = [floor for floor in missed(sections(least - 1e-6)) if floor.startswith(asked)]
    assert f'{least:.3f}' in named


def test_what_may_not_be_exceeded_is_told_when_it_is():
    copies = adult(Student={'Copies': (0.002, 0.002)})
    assert [text for text in missed(copies) if 'copies' in text]
    hidden = adult(**{'Student, scope all': {'Sensitive AUC': (0.6, 0.6)}})
    assert [text for text in missed(hidden) if 'scope all' in text]
    slow = found(adult(Student={'Student Parameters': (4000, 4000)}))
    assert [floor for floor in slow if 'parameters' in floor.asked and not floor.met]


def test_distance_from_the_bound_is_what_counts_on_compas():
    far = section('Compas, race', Student={'DPR': (0.98 - FROM_BOUND['DPR'] - 0.01,) * 2})
    assert any(text.startswith('Compas, race') for text in missed(compas=[far]))
    near = section('Compas, race', Student={'DPR': (0.98 - FROM_BOUND['DPR'] + 0.001,) * 2})
    assert missed(compas=[near]) == []


def test_the_own_split_and_the_report_are_held_to_theirs():
    assert any('own split' in text for text in missed(own=OWN.assign(EOR=0.96)))
    assert any('report' in text for text in missed(cost=COST | {'seconds': 61.0}))
    assert any('real rows, DPR' in text for text in missed(cost=COST | {'DPR': 0.34}))


@pytest.mark.parametrize(
    ('changes', 'asked'),
    [
        ({'Weight Bytes': 200_001}, '200 kB of weights'),
        ({'AUC': GOOD['AUC'] - 0.011}, 'within 0.01 of the teacher'),
        ({'Column Pair Trends': GOOD['Column Pair Trends'] - 0.011}, 'within 0.01 of the teacher'),
        ({'Rows Per Second': 199_000}, '2 times as fast'),
    ],
)
def test_the_small_student_is_held_to_its_teacher(changes, asked):
    (named,) = missed(sizes=of_small(**changes))
    assert named.startswith('small student')
    assert asked in named


def test_a_seed_that_failed_is_not_passed_over():
    sections = adult()
    table = sections[0].comparison.table
    student = (table['Synthesizer'] == 'Student') & (table['Seed'] == 1)
    table.loc[student, 'DPR'] = np.nan
    assert any('demographic parity' in text for text in missed(sections))
    assert any('own split' in text for text in missed(own=OWN.assign(DPR=[0.99, None])))
    failed = pd.DataFrame([{'Seed': 2, 'Error': 'ZeroDivisionError: not today'}])
    sizes = pd.concat([SIZES, failed], ignore_index=True)
    assert len([text for text in missed(sizes=sizes) if text.startswith('small student')]) == 3


def test_the_page_shows_means_spreads_and_failures():
    sections = adult(Student={'DPR': (0.94, 0.96)})
    whole = sections[0].comparison
    failed = {'Synthesizer': 'Broken', 'Seed': 0, 'Error': 'ZeroDivisionError: not today'}
    table = pd.concat([whole.table, pd.DataFrame([failed])], ignore_index=True)
    sections[0] = replace(sections[0], comparison=replace(whole, table=table))
    page = markdown(sections, OWN, BY_STRENGTH, SIZES, COST, found(sections))
    spread = np.std([0.94, 0.96], ddof=1)
    assert f'| Student | 2 | 0.930 | 0.950 ± {spread:.3f} |' in page
    assert '| other * | 20 | 0.300 | 0.300 | 0.300 |' in page
    assert '| man | 100 | 0.500 | 0.500 | 0.500 |' in page
    assert 'Broken, seed 0: ZeroDivisionError: not today' in page
    assert '| Broken |' not in page  # no figure, no row
    assert '| yes |' in page
    assert '| 0.900 | 0.985 ± 0.007 | 0.980 |' in page
    assert 'DPR of 0.990 on these test rows (5 to 95 %: 0.950 to 1.000)' in page
    assert '| 0.5 | 0.930 | 0.620 ± 0.014 |' in page
    assert 'from one strength to the next: 0.020' in page
    shown = '0.9990 | 0.9900 | 0.9950 | 0.930 | 0.980 | 0.980'
    assert f'| small | {shown} | 199 | 250,500 ± 707 | 5.0 |' in page
    assert f'| teacher | {shown} | 2,000 | 100,500 ± 707 |  |' in page
    assert 'nan' not in page
