import numpy as np
import pytest
from conftest import hiring_table, small_synthesizer

from sdv_fair4free import fairness_utility_curve


@pytest.fixture(scope='module')
def fitted():
    synthesizer = small_synthesizer()
    synthesizer.fit({'hiring': hiring_table(3000)})
    return synthesizer


def curve(synthesizer, **options):
    return fairness_utility_curve(
        synthesizer,
        {'hiring': hiring_table(3000)},
        {'hiring': hiring_table(3000, seed=1)},
        favourable_outcome='yes',
        verbose=False,
        **options,
    )


def test_fairness_rises_with_the_strength_and_utility_falls(fitted):
    found = curve(fitted, strengths=(0.0, 0.5, 1.0))
    by_strength = found.table.set_index('Strength')
    assert by_strength.index[:3].tolist() == [0.0, 0.5, 1.0]
    real = by_strength.iloc[-1]
    assert real['Column Shapes'] == 1.0
    parity = by_strength['DPR'].iloc[:3]
    assert parity.is_monotonic_increasing
    assert parity[1.0] > 0.8 > real['DPR'] + 0.2
    assert by_strength['AUC'][0.0] > by_strength['AUC'][1.0]
    assert by_strength['AUC'][0.0] == pytest.approx(real['AUC'], abs=0.05)
    drawn = {trace.name: trace for trace in found.figure.data}
    assert set(drawn) == {'AUC', 'DPR', 'EOR', 'Column Shapes', 'Column Pair Trends'}
    assert list(drawn['DPR'].y) == parity.tolist()


def test_the_same_call_gives_the_same_curve_and_leaves_the_stream_at_its_start(fitted):
    fitted.reset_sampling()
    before = fitted.sample(50)['hiring']
    first = curve(fitted, strengths=(0.3,), num_rows=500)
    second = curve(fitted, strengths=(0.3,), num_rows=500)
    np.testing.assert_array_equal(first.table, second.table)
    assert fitted.sample(50)['hiring'].equals(before)


@pytest.mark.parametrize(
    ('change', 'expected'),
    [
        ({'favourable_outcome': 'YES'}, "not a value of 'hired'"),
        ({'real_data': hiring_table(20)}, 'real_data must be a dict'),
        ({'real_validation_data': {'x': hiring_table(20)}}, 'real_validation_data must be a dict'),
        ({'num_rows': 0}, 'num_rows=0'),
        ({'strengths': ()}, 'strengths is empty'),
    ],
)
def test_each_bad_argument_is_told(fitted, change, expected):
    arguments = {
        'real_data': {'hiring': hiring_table(50)},
        'real_validation_data': {'hiring': hiring_table(50)},
        'favourable_outcome': 'yes',
    }
    with pytest.raises(ValueError, match=expected):
        fairness_utility_curve(fitted, **{**arguments, **change}, verbose=False)


def test_bad_arguments_are_named_at_once():
    with pytest.raises(ValueError, match='3 problems with the arguments') as caught:
        curve(small_synthesizer(target_column=['hired', 'grade']), strengths=(2.0,))
    for expected in ('fairness_strength=2.0', 'not fitted', 'one target_column'):
        assert expected in str(caught.value)
