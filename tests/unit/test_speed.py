"""The part about speed holds ratios of one run against what was asked."""

import pandas as pd
import pytest

from sdv_fair4free.benchmark import sampling
from sdv_fair4free.benchmark.alone import OURS, TVAE
from sdv_fair4free.benchmark.made_up import made_up
from sdv_fair4free.benchmark.sampling import FLOOR, SMALL, STUDENT, TEACHER, Raced
from sdv_fair4free.benchmark.speed import FIGURES, fits, floors, section

TASK = made_up(100, 5, 2)


def fitted(ours=10.0, tvae=200.0, larger=40.0, memory=1999.0):
    rows = [
        {'Synthesizer': OURS, 'Rows': 100, 'Seconds': ours + step, 'Peak MB': 50.0}
        | {'Teacher Seconds': 0.6 * ours, 'Student Seconds': 0.2 * ours}
        for step in (-1, 0, 2)
    ]
    rows.append({'Synthesizer': TVAE, 'Rows': 100, 'Seconds': tvae, 'Peak MB': 70.0})
    rows.append({'Synthesizer': OURS, 'Rows': 10_000, 'Seconds': larger, 'Peak MB': memory})
    table = pd.DataFrame(rows).assign(Measured='2020-01-01, a machine', Error=None)
    return table.reindex(columns=['Synthesizer', 'Rows', *FIGURES, 'Measured', 'Note', 'Error'])


def raced(student=0.1, many=9.0, tvae=0.31, many_tvae=27.3, floor=3.03):
    def table(seconds):
        return pd.DataFrame([seconds, {name: 2 * one for name, one in seconds.items()}])

    few = {STUDENT: student, SMALL: 0.1, TEACHER: 0.4, sampling.TVAE: tvae}
    all_of_many = {STUDENT: many, SMALL: 8.0, TEACHER: 30.0, sampling.TVAE: many_tvae, FLOOR: floor}
    # The second turn is twice as slow for all: ratios of a turn stay.
    return Raced(
        few=table(few),
        many=table({name: one / 1.5 for name, one in all_of_many.items()}),
        few_rows=100,
        many_rows=10_000,
        weights={STUDENT: (1000, 4000)},
    )


def missed(fit=None, draws=None):
    found = floors(fitted(**(fit or {})), raced(**(draws or {})))
    return [floor.asked for floor in found if not floor.met]


def test_figures_that_just_reach_what_was_asked_meet_it():
    assert missed() == []


@pytest.mark.parametrize(
    ('fit', 'draws', 'asked'),
    [
        ({'ours': 20.1, 'tvae': 9000.0}, {}, 'at most 20 s'),
        ({'tvae': 199.0}, {}, '1/20'),
        ({'larger': 40.1}, {}, '4 times the seconds'),
        ({'memory': 2000.0}, {}, '2,000 MB'),
        ({'memory': float('nan')}, {}, '2,000 MB'),
        ({}, {'tvae': 0.29}, "100 rows: at least 3 times TVAE's"),
        ({}, {'many_tvae': 26.0}, "10,000 rows: at least 3 times TVAE's"),
        ({}, {'many': 10.1, 'many_tvae': 40.0, 'floor': 4.0}, 'at most 10 s'),
        ({}, {'floor': 2.9}, "SDV's own floor"),
    ],
)
def test_what_is_missed_is_told_alone(fit, draws, asked):
    (told,) = missed(fit, draws)
    assert asked in told


def test_a_fit_that_failed_meets_nothing_and_is_told():
    table = fitted()
    large = table['Rows'] == 10_000
    table.loc[large, [*FIGURES]] = None
    table.loc[large, 'Error'] = 'fit ended with status -9.'
    found = {floor.asked: floor.met for floor in floors(table, raced())}
    assert [asked for asked, met in found.items() if not met] == [
        'fit, 10,000 rows: at most 4 times the seconds of 100',
        'the same: under 2,000 MB above the table',
    ]
    assert f'{OURS}, 10,000 rows: fit ended with status -9.' in section(TASK, table, raced())


def test_the_part_shows_medians_stages_and_rates():
    text = section(TASK, fitted(), raced())
    assert f'| {OURS} | 100 | 3 | 10.0 | 9.0 to 12.0 | 6.0 | 2.0 | 2.0 | 50 |' in text
    assert f'| {TVAE} | 100 | 1 | 200.0 | 200.0 to 200.0 |  |  |  | 70 |' in text
    assert f'| {STUDENT} | 667 | 1,111 |' in text
    assert f'| {FLOOR} |  | 3,300 |' in text
    assert '2020-01-01, a machine' in text
    assert 'nan' not in text


def test_the_page_of_sampling_shows_every_turn():
    page = sampling.page(raced(), TASK.name)
    assert '## 100 rows: 2 samples of each in turns' in page
    assert f'| {STUDENT} | 0.100 | 0.150 | 0.200 |' in page
    assert f'| {STUDENT} | 1,000 | 4 |' in page


def test_fits_are_in_turns_and_not_measured_again(tmp_path):
    tables = iter([made_up(300, 5, 2).train])
    found, again = (
        fits(TASK, lambda: next(tables), tmp_path, runs=3, limit=0.01) for _ in range(2)
    )
    pd.testing.assert_frame_equal(found, again)
    assert [*found['Synthesizer']] == [OURS, TVAE, OURS, OURS, OURS]
    assert [*found['Rows']] == [100, 100, 300, 100, 100]
    # None is done so soon: nothing is met, and the part says why.
    text = section(TASK, found, raced())
    assert text.count('| no |') == 4
    assert f'{TVAE}, 100 rows: not done within 0 s' in text


@pytest.mark.filterwarnings('ignore:Replacing the default transformer')
def test_the_floor_is_sdvs_work_on_rows_of_the_table():
    free = sampling.CostingNothing(TASK, 350)
    rows = free.sample(350)[TASK.name]
    assert len(rows) == 350
    pd.testing.assert_frame_equal(rows[:100], TASK.train, check_dtype=False)
    assert {*free.get_transformers().values()} == {None}
