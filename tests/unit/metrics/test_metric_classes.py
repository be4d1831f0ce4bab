import inspect

import numpy as np
import pytest
import sdmetrics
from conftest import hiring_metadata, hiring_table
from sdmetrics.errors import IncomputableMetricError
from sdmetrics.goal import Goal
from sdmetrics.single_table.base import SingleTableMetric

from sdv_fair4free import metrics
from sdv_fair4free.metrics.audit import METRICS, audit

CLASSES = [getattr(metrics, name) for name in metrics.__all__]
REAL, SYNTHETIC, VALIDATION = (hiring_table(300, seed) for seed in range(3))
METADATA = hiring_metadata().to_dict()


def arguments(metric):
    numeric = metric.numeric is True
    return {
        'sensitive_columns': 'sex',
        'target_column': 'skill' if numeric else 'hired',
        'favourable_outcome': None if numeric else 'yes',
        'real_validation_data': VALIDATION,
        'bootstrap_samples': 0,
    }


def test_there_is_a_metric_for_every_figure_and_one_only():
    assert sorted(metric.figure for metric in CLASSES) == sorted(METRICS)
    assert metrics.__all__ == sorted(metrics.__all__)


@pytest.mark.parametrize('metric', CLASSES, ids=lambda metric: metric.__name__)
class TestEveryMetric:
    def test_says_what_it_is_its_bounds_and_its_best_value(self, metric):
        assert issubclass(metric, SingleTableMetric)
        assert metric.name == metric.__name__
        assert metric.goal in (Goal.MAXIMIZE, Goal.MINIMIZE)
        assert metric.min_value < metric.max_value
        assert '**best' in inspect.getdoc(metric)
        assert metric in SingleTableMetric.get_subclasses().values()

    def test_is_the_worst_headline_figure_of_the_audit_alone_and_in_compute_metrics(
        self, metric, whole
    ):
        name = metric.figure
        worst = whole[metric.numeric is True].query('Metric == @name and Headline')['Score'].min()
        breakdown = metric.compute_breakdown(REAL, SYNTHETIC, METADATA, **arguments(metric))
        assert breakdown['error'] is None
        assert metric.min_value <= breakdown['score'] <= metric.max_value
        assert metric.normalize(breakdown['score']) == pytest.approx(worst)
        assert set(breakdown['breakdown']['Source']) == {'real', 'synthetic'}
        table = sdmetrics.compute_metrics(
            {name: metric}, REAL, SYNTHETIC, METADATA['tables']['hiring'], **arguments(metric)
        )
        assert table['error'].isna().all()
        assert table['raw_score'].item() == breakdown['score']
        assert table['normalized_score'].item() == metric.normalize(breakdown['score'])


@pytest.fixture(scope='module')
def whole():
    results = {}
    for numeric in (False, True):
        target, favourable = ('skill', None) if numeric else ('hired', 'yes')
        results[numeric] = audit(
            REAL, SYNTHETIC, METADATA, 'sex', target, VALIDATION, favourable, bootstrap_samples=0
        ).figures
    return results


def test_a_metric_of_classes_refuses_a_target_of_numbers():
    with pytest.raises(IncomputableMetricError, match='needs a target that is a class'):
        metrics.DemographicParityRatio.compute(
            REAL, SYNTHETIC, METADATA, sensitive_columns='sex', target_column='skill'
        )


def test_too_little_data_is_no_figure_but_a_reason():
    breakdown = metrics.LabelParityRatio.compute_breakdown(
        REAL, SYNTHETIC[:60], METADATA, **{**arguments(metrics.LabelParityRatio)}
    )
    small = int(SYNTHETIC[:60]['sex'].value_counts().max())
    assert np.isnan(breakdown['score'])
    assert breakdown['error'] == f'insufficient data (n = {small})'
    assert np.isnan(metrics.LabelParityRatio.normalize(breakdown['score']))


def test_tables_and_metadata_may_come_as_dicts_or_objects():
    expected = metrics.LabelParityRatio.compute(
        REAL, SYNTHETIC, METADATA, **arguments(metrics.LabelParityRatio)
    )
    nested = {**arguments(metrics.LabelParityRatio), 'real_validation_data': {'h': VALIDATION}}
    for metadata in (METADATA, hiring_metadata(), METADATA['tables']['hiring'], None):
        found = metrics.LabelParityRatio.compute({'h': REAL}, {'h': SYNTHETIC}, metadata, **nested)
        assert found == expected
