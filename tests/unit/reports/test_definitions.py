from sdv_fair4free.metrics.catalogue import METRICS, PROPERTIES
from sdv_fair4free.reports.definitions import METRIC_DEFINITIONS, RATE_DEFINITIONS, definitions
from sdv_fair4free.reports.plots import GROUP_METRICS
from sdv_fair4free.reports.words import PROPERTY_MEANING, property_meaning


def test_every_figure_and_every_rate_that_is_drawn_is_defined_and_nothing_else():
    assert set(METRIC_DEFINITIONS) == set(METRICS)
    assert set(RATE_DEFINITIONS) == {rate for rates in GROUP_METRICS.values() for rate in rates}
    assert set(PROPERTY_MEANING) == set(PROPERTIES)


def test_a_page_defines_what_it_shows():
    few = definitions({'AUC', 'Label rate'}, crossings=False, quality=False, privacy=False)
    assert {'AUC', 'Label rate', 'Overall score', 'Interval'} <= set(few)
    assert not {'R2', 'Label mean', 'Crossing', 'Nearer to train'} & set(few)
    more = definitions({'R2'}, crossings=True, quality=True, privacy=True)
    assert {'R2', 'Crossing', 'Column shapes, pair trends', 'Nearer to train'} <= set(more)


def test_the_calibration_gap_lies_between_groups():
    meaning = METRIC_DEFINITIONS['Calibration gap']
    assert 'the highest of a group minus the lowest' in meaning
    assert 'score minus outcome' in meaning


def test_nobody_decides_favourably_about_numbers():
    assert 'favour' not in ' '.join(property_meaning(name, True) for name in PROPERTIES)
    assert property_meaning('Error Parity', False) == PROPERTY_MEANING['Error Parity']
