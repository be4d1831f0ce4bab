"""Figures that another page repeats are those of the benchmarks."""

from pathlib import Path

import pytest

from sdv_fair4free.benchmark.quoted import with_figures

DOCS = Path(__file__).parents[2] / 'docs'
BENCHMARKS = """
## Adult, sex

| rows | seeds | AUC | DPR |
|---|---|---|---|
| Student | 5 | 0.88 | 0.97 |

## One model, any strength

| strength | AUC |
|---|---|
| 0.5 | 0.90 |

## How far it reaches

| rows | what the model reads | DPR |
|---|---|---|
| Student | all columns | 0.96 |
| Student | all but sex | 0.84 |

| rows with | fair |
|---|---|
| the whole table | 0.24 |
"""


def test_the_page_has_the_figures_of_the_benchmarks_already():
    page = (DOCS / 'criterion.md').read_text(encoding='utf-8')
    assert with_figures(page, (DOCS / 'benchmarks.md').read_text(encoding='utf-8')) == page


def test_cells_come_from_the_benchmarks_and_words_stay():
    others = '| other | DPR |\n|---|---|\n| a | 1 |\n'
    page = f'Told:\n\n| rows | DPR |\n|---|---|\n| Student | 1 |\n\n{others}'
    assert with_figures(page, BENCHMARKS) == page.replace('| Student | 1 |', '| Student | 0.97 |')


def test_a_row_may_be_named_by_two_columns_and_a_section_may_have_two_tables():
    page = (
        '| rows | what the model reads | DPR |\n|---|---|---|\n| Student | all but sex | |\n\n'
        '| rows with | fair |\n|---|---|\n| the whole table | |'
    )
    told = with_figures(page, BENCHMARKS)
    assert '| Student | all but sex | 0.84 |' in told
    assert '| the whole table | 0.24 |' in told


def test_a_row_that_the_benchmarks_do_not_have_is_refused():
    with pytest.raises(KeyError, match='Nobody'):
        with_figures('| strength | AUC |\n|---|---|\n| Nobody | 1 |', BENCHMARKS)
