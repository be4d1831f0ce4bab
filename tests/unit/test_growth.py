"""Growth and speed: what was measured is told, and a measurement measures."""

import re

import numpy as np
import pandas as pd
import pytest

from sdv_fair4free.benchmark import growth
from sdv_fair4free.benchmark.alone import OURS, TVAE, fitted_alone, handed_over, sampled_alone
from sdv_fair4free.benchmark.growth_axes import AXES, Axis, Size, Step
from sdv_fair4free.benchmark.growth_page import curves, exponent, section
from sdv_fair4free.benchmark.made_up import made_up
from sdv_fair4free.benchmark.parts import GROWTH, part_of

AXIS = Axis(
    name='rows',
    told='4 columns.',
    steps=(
        Step(100, Size(100, 4, 2), 100),
        Step(1000, Size(1000, 4, 2), 1000),
        Step(10_000, Size(1000, 4, 2), 10_000, fit_shown=False),
    ),
)


def measured():
    """Fits grow as the square root of rows, samples in proportion; TVAE's second fit is not."""
    rows = []
    for name, factor in ((OURS, 1.0), (TVAE, 10.0)):
        for step in AXIS.steps:
            told = {'Synthesizer': name, **dict(zip(growth.COLUMNS[1:], step.fitted, strict=False))}
            told |= {'Measured': '2020-01-01, a machine', 'Peak MB': 5.0}
            if step.fit_shown:
                rows.append({**told, 'Seconds': factor * step.size**0.5})
            rows.append({**told, 'Sampled': step.sampled, 'Seconds': factor * step.size / 1e4})
    table = pd.DataFrame(rows).reindex(columns=[*growth.COLUMNS])
    lost = (table['Synthesizer'] == TVAE) & (table['Rows'] == 1000) & table['Sampled'].isna()
    table.loc[lost, ['Seconds', 'Peak MB', 'Measured']] = None
    table.loc[lost, 'Note'] = 'not done within 900 s'
    return table


@pytest.mark.parametrize('power', [0.0, 0.5, 1.0, 2.3])
def test_the_exponent_of_a_power_is_found(power):
    sizes = [10, 50, 200, 3000]
    assert exponent([(x, 0.3 * x**power) for x in sizes]) == pytest.approx(power)
    assert exponent([(x, 7 * x**power) for x in sizes] + [(9, np.nan), (8, 0.0)]) == pytest.approx(
        power
    )


def test_one_size_has_no_exponent():
    assert np.isnan(exponent([(10, 1.0), (10, 2.0), (20, np.nan)]))
    assert np.isnan(exponent([]))


def test_a_sample_that_is_larger_than_the_fit_tells_nothing_of_the_fit():
    found = curves(measured(), AXIS, 'Seconds')
    assert [size for size, _ in found[OURS, 'fit']] == [100, 1000]
    assert found[OURS, 'sample'] == [(100, 0.01), (1000, 0.1), (10_000, 1.0)]


def test_the_part_shows_figures_exponents_plots_and_why_one_is_missing(tmp_path):
    page = tmp_path / 'docs' / 'benchmarks.md'
    page.parent.mkdir()
    page.write_text('# Benchmarks\n')
    growth.written(measured(), [AXIS], page)
    text = part_of(page.read_text(), GROWTH)
    assert '| 100 | 10.0 | 5 | 0.0100 | 5 | 100 | 5 | 0.100 | 5 |' in text
    assert '| 10,000 |  |  | 1.00 | 5 |  |  | 10.0 | 5 |' in text
    assert '| exponent | 0.50 | 0.00 | 1.00 | 0.00 |  |  | 1.00 | 0.00 |' in text
    assert f'* {TVAE}, 1,000 rows, 4 columns, 2 categories, fit: not done within 900 s.' in text
    assert 'nan' not in text
    links = re.findall(r'\]\(([^)]+)\)', text)
    assert len(links) == 2
    for link in links:
        plot = (page.parent / link).read_text()
        assert f'>{OURS}, sample</text>' in plot
        assert f'>{TVAE}, fit (1 epoch)</text>' in plot


def test_a_part_without_gaps_says_nothing_of_gaps():
    table = measured()
    table = table[table['Note'].isna()]
    assert 'Without a figure' not in section(table, [AXIS], {}, 1)


def test_axes_share_their_smallest_fits():
    assert [axis.name for axis in AXES] == ['rows', 'columns', 'categories']
    together = growth._together(AXES)
    assert len(together) == 7
    assert max(rows for samples in together.values() for rows in samples) == 10_000_000
    assert max(size.rows for size in together) == 1_000_000


def test_a_table_that_tvae_cannot_hold_is_not_tried():
    assert '40 GB' in growth._too_large(Size(100_000, 10, 50_000))
    assert growth._too_large(Size(1_000_000, 10, 10)) is None


def test_made_up_tables_have_the_size_asked_for_and_columns_that_depend():
    task = made_up(2000, 8, 700)
    table = task.train
    assert table.shape == (2000, 8)
    assert table['place'].nunique() == 700
    assert table['hired'].nunique() == 2
    task.metadata.validate()
    task.metadata.validate_data({task.name: table})
    pd.testing.assert_frame_equal(table, made_up(2000, 8, 700).train)
    assert not table.equals(made_up(2000, 8, 700, seed=1).train)
    numbers = table.select_dtypes('number').corrwith(table['hired'] == 'yes').abs()
    assert numbers.max() > 0.1
    hired = (table['hired'] == 'yes').groupby(table['sex']).mean()
    assert hired['man'] - hired['woman'] > 0.1


def test_sizes_that_no_table_has_are_told_at_once():
    with pytest.raises(ValueError, match=r'columns=3.*categories=11'):
        made_up(10, 3, 11)


def test_a_fit_and_a_sample_in_processes_of_their_own_cost_time_and_memory(tmp_path):
    handed_over(made_up(200, 5, 3), tmp_path)
    fit = fitted_alone(tmp_path, OURS, epochs=1)
    assert fit['Error'] is None
    assert fit['Seconds'] >= fit['Teacher Seconds'] + fit['Student Seconds'] > 0
    assert fit['Peak MB'] > 0
    sample = sampled_alone(tmp_path, OURS, 20_000, turns=2)
    assert sample['Error'] is None
    assert sample['Seconds'] > 0
    assert sample['Peak MB'] > 0


def test_what_is_not_done_in_time_or_fails_is_told(tmp_path):
    assert fitted_alone(tmp_path, OURS, limit=0.01)['Note'] == 'not done within 0 s'
    failed = fitted_alone(tmp_path, OURS)
    assert failed['Error'].startswith('fit ended with status 1. FileNotFoundError')
    assert 'Seconds' not in failed
