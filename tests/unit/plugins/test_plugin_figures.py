"""What plug-ins add to a report: figures and sections."""

from html import escape

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table
from plugged import GAP, answering, report_of, selection_gap, two_tables
from tiny import plugged_in

from sdv_fair4free.html import table_block
from sdv_fair4free.metrics.audit import PROPERTIES
from sdv_fair4free.metrics.base import FairnessMetric
from sdv_fair4free.metrics.catalogue import FairnessFigure
from sdv_fair4free.metrics.parity import DemographicParityDifference
from sdv_fair4free.plugins import PluginError
from sdv_fair4free.reports.markdown import items
from sdv_fair4free.reports.sections import ReportSection
from sdv_fair4free.reports.sentences import verdict
from sdv_fair4free.reports.words import property_meaning


@pytest.fixture(scope='module')
def hiring():
    return hiring_table(600, seed=1)


def test_a_figure_of_a_plugin_needs_what_computes_it(hiring):
    empty = FairnessFigure(topic='Model Parity')
    with (
        plugged_in(answering('fairness_metrics', {'Empty': empty})),
        pytest.raises(PluginError, match="'Answering' has no compute for its figure 'Empty'"),
    ):
        report_of(hiring)


def test_a_figure_of_a_plugin_is_that_of_the_audit_which_computes_the_same(hiring):
    with plugged_in(answering('fairness_metrics', {'Selection gap': GAP})):
        figures = report_of(hiring).get_audit().figures
    both = [
        figures[figures['Metric'] == name].set_index(['Column', 'Source'])
        for name in ('Selection gap', 'Demographic parity difference')
    ]
    ours, theirs = both
    assert len(ours) == 2
    for column in ('Value', 'Score', 'Count', 'Best'):
        pd.testing.assert_series_equal(ours[column], theirs[column])
    # The samples are the same; the interval of the audit's holds parity besides where it may.
    assert (ours['Low'] >= theirs['Low'] - 1e-12).all()
    assert (ours['High'] <= theirs['High'] + 1e-12).all()
    assert ours['Low'].notna().all()
    assert not ours['Headline'].any()


def test_a_figure_of_a_plugin_changes_no_score_and_stands_on_the_page(hiring):
    without = report_of(hiring)
    with plugged_in(answering('fairness_metrics', {'Selection gap': GAP})):
        report = report_of(hiring)
        text = report.to_markdown()
        assert '## Figures of plug-ins' in text
        assert 'Selection gap' in text
        from sdv_fair4free.reports.page import build_report_page

        html = build_report_page({'Synthetic': report})
        assert 'Figures of plug-ins' in html
        assert 'Selection gap' in html
        assert 'Largest minus smallest rate.' in html
    assert report.get_score() == without.get_score()
    pd.testing.assert_frame_equal(report.get_properties(), without.get_properties())
    assert 'Figures of plug-ins' not in without.to_markdown()


def test_figures_of_all_topics_stand_side_by_side(hiring):
    # A model that learns from no table has a figure of decisions, and none of labels.
    figures = {
        f'Gap of {topic}': FairnessFigure(topic=topic, compute=selection_gap, definition='A gap.')
        for topic in ('Label Parity', 'Model Parity', 'Error Parity')
    }
    from sdv_fair4free.reports.page import build_report_page

    with plugged_in(answering('fairness_metrics', figures)):
        report = report_of(hiring)
        told = report.to_markdown(), build_report_page({'Synthetic': report})
    for text in told:
        assert all(name in text for name in figures)
    (line,) = [one for one in told[0].splitlines() if one.startswith('| Gap of Label Parity')]
    assert '| - |' in line


def test_sections_of_like_names_have_anchors_of_their_own_and_empty_ones_are_left_out(hiring):
    sections = {
        name: ReportSection(heading=f'Of {name}', place=850, build=lambda reports: '<p>Told.</p>')
        for name in ('who decides', 'who-decides')
    }
    blank = ReportSection(heading='Nothing', place=860, build=lambda reports: ' \n')
    from sdv_fair4free.reports.page import build_report_page

    with plugged_in(answering('report_sections', {**sections, 'blank': blank})):
        report = report_of(hiring)
        page, text = build_report_page({'Synthetic': report}), report.to_markdown()
    assert page.count('id="who-decides"') == page.count('id="who-decides-"') == 1
    assert 'Nothing' not in page
    assert '## Nothing' not in text


def test_a_metric_class_may_show_a_figure_of_a_plugin(hiring):
    class SelectionGap(FairnessMetric):
        name, goal, figure = 'SelectionGap', DemographicParityDifference.goal, 'Selection gap'

    real, synthetic = two_tables(hiring)
    question = {'sensitive_columns': 'sex', 'target_column': 'hired', 'bootstrap_samples': 0}
    with plugged_in(answering('fairness_metrics', {'Selection gap': GAP})):
        ours = SelectionGap.compute(real, synthetic, hiring_metadata(), **question)
    usual = DemographicParityDifference.compute(real, synthetic, hiring_metadata(), **question)
    assert ours == usual


def test_groups_too_small_to_compare_have_no_figure_of_a_plugin(hiring):
    with plugged_in(answering('fairness_metrics', {'Selection gap': GAP})):
        figures = report_of(hiring, minimum_group_size=10_000).get_audit().figures
    ours = figures[figures['Metric'] == 'Selection gap']
    assert ours['Value'].isna().all()
    assert ours['Error'].str.startswith('insufficient data').all()


def test_a_figure_that_fails_is_named(hiring):
    broken = FairnessFigure(topic='Error Parity', compute=lambda a, b, c: 1 / 0, definition='None.')
    with (
        plugged_in(answering('fairness_metrics', {'Broken': broken})),
        pytest.raises(PluginError, match="'Answering' failed in 'Broken' of fairness_metrics"),
    ):
        report_of(hiring)


@pytest.mark.parametrize('given', [None, 'x', np.array([1.0, 2.0]), float('inf')])
def test_a_figure_that_is_no_number_is_named(hiring, given):
    strange = FairnessFigure(topic='Error Parity', compute=lambda *_: given, definition='Strange.')
    with (
        plugged_in(answering('fairness_metrics', {'Strange': strange})),
        pytest.raises(PluginError, match=r"'Answering' failed in 'Strange'.*a number, or NaN"),
    ):
        report_of(hiring)


def test_a_figure_without_a_value_has_a_reason(hiring):
    empty = FairnessFigure(
        topic='Error Parity', compute=lambda *_: float('nan'), definition='Empty.'
    )
    with plugged_in(answering('fairness_metrics', {'Empty': empty})):
        figures = report_of(hiring).get_audit().figures
    assert set(figures.loc[figures['Metric'] == 'Empty', 'Error']) == {'undefined'}


def test_a_section_that_is_no_text_is_named(hiring):
    report = report_of(hiring)
    from sdv_fair4free.reports.page import build_report_page

    section = ReportSection(heading='Odd', place=1, build=lambda reports: None)
    for write in (lambda: build_report_page({'Synthetic': report}), report.to_markdown):
        with (
            plugged_in(answering('report_sections', {'odd': section})),
            pytest.raises(PluginError, match=r"'odd' of report_sections.*must be text"),
        ):
            write()


def test_a_figure_says_what_is_wrong_with_it_all_at_once():
    with pytest.raises(ValueError, match=r'topic=.*best=.*definition'):
        FairnessFigure(topic='Utility Retained', compute=selection_gap, best=1.0, worst=1.0)


def test_sections_of_plugins_stand_at_their_place(hiring):
    report = report_of(hiring)
    from sdv_fair4free.reports.page import build_report_page

    section = ReportSection(heading='Ours & theirs', place=350, build=lambda reports: '<p>Hi</p>')
    silent = ReportSection(heading='Silence', place=360, build=lambda reports: '')
    with plugged_in(answering('report_sections', {'ours': section, 'silent': silent})):
        html = build_report_page({'Synthetic': report})
    places = [html.index(f'id="{name}"') for name in ('utility', 'ours', 'quality')]
    assert places == sorted(places)
    assert 'Ours &amp; theirs' in html
    assert 'Silence' not in html


def test_sections_of_plugins_stand_in_markdown_with_title_text_and_table(hiring):
    report = report_of(hiring)
    without = report.to_markdown()

    def built(reports):
        rows = [[escape(name), f'{one.get_score():.2f}'] for name, one in reports.items()]
        return '<p>Asked of <b>all</b>.</p>' + table_block('Scores', ['Table', 'Score'], rows)

    def section(heading, place, build):
        return ReportSection(heading=heading, place=place, build=build)

    sections = {
        'last': section('Last word', 1000, lambda reports: '<p>The end.</p>'),
        'first': section('First <word>', 1, lambda reports: '<p>The beginning.</p>'),
        'ours': section('Ours & theirs', 350, built),
        'drawn': section('Drawn', 360, lambda reports: '<svg><text>1</text></svg>'),
        'silent': section('Silence', 370, lambda reports: ''),
    }
    with plugged_in(answering('report_sections', sections)):
        text = report.to_markdown({'Other': report})
    score = f'{report.get_score():.2f}'
    ours = (
        '\n## Ours & theirs\n\nAsked of **all**.\n\nScores\n\n'
        '| Table | Score |\n| --- | ---: |\n'
        f'| Synthetic | {score} |\n| Other | {score} |\n\n## Drawn\n'
    )
    assert ours in text
    title, *parts = text.split('\n\n## ')
    under = dict(part.split('\n\n', 1) for part in parts)
    assert title == '# Fairness of Synthetic rows'
    assert under[r'First \<word>'] == 'The beginning.'
    assert under['In short'] == '\n'.join(items(verdict(report, 'Synthetic')))
    assert under['Scores'].startswith('From 0 to 1')
    for name in PROPERTIES:
        assert under[name].startswith(property_meaning(name, False))
    assert under['Last word'] == 'The end.\n'
    headings = [line for line in text.splitlines() if line.startswith('## ')]
    built_in = [line for line in without.splitlines() if line.startswith('## ')]
    place = built_in.index('## What this does not promise')
    added = ['## Ours & theirs', '## Drawn']
    assert headings == [
        r'## First \<word>',
        *built_in[:place],
        *added,
        *built_in[place:],
        '## Last word',
    ]
    assert 'Drawn, on the HTML page.' in text
    assert report.to_markdown() == without
