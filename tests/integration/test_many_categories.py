"""A column of very many categories is learnt as two columns of few values."""

import numpy as np
import pandas as pd
import pytest
from conftest import small_synthesizer
from sdv.cag import FixedCombinations
from sdv.errors import SynthesizerInputError
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata
from sdv.sampling import Condition

from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.split import MOST_LABELS

ROWS, CITIES, REGIONS = 9000, 3000, 6


def city_table():
    rng = np.random.default_rng(0)
    city = np.concatenate([np.arange(CITIES), rng.integers(0, CITIES, ROWS - CITIES)])
    woman = rng.random(ROWS) < 0.4
    table = pd.DataFrame(
        {
            'city': [f'city {number:05d}' for number in city],
            'region': [f'region {number}' for number in city * REGIONS // CITIES],
            'step': rng.permutation(ROWS) % 2500,
            'sex': np.where(woman, 'woman', 'man'),
            'hired': np.where(rng.random(ROWS) < np.where(woman, 0.3, 0.6), 'yes', 'no'),
        }
    )
    table.loc[rng.random(ROWS) < 0.1, 'city'] = None
    return table


def city_metadata():
    names = ('city', 'region', 'step', 'sex', 'hired')
    columns = {name: {'sdtype': 'categorical'} for name in names}
    columns['step'] = {'sdtype': 'ordinal', 'range_values': list(range(2500))}
    return Metadata.load_from_dict({'tables': {'people': {'columns': columns}}})


@pytest.fixture(scope='module')
def fitted():
    synthesizer = small_synthesizer(city_metadata())
    synthesizer.fit({'people': city_table()})
    return synthesizer


def made_by(synthesizer, rows=4000):
    synthesizer.reset_sampling()
    return synthesizer.sample(rows)['people']


def test_the_table_is_valid_and_its_relations_are_kept(fitted):
    real, made = city_table(), made_by(fitted)
    report = run_diagnostic({'people': real}, {'people': made}, city_metadata(), verbose=False)
    assert report.get_score() == 1.0
    assert made['city'].isna().mean() == pytest.approx(real['city'].isna().mean(), abs=0.03)
    assert made['city'].nunique() > 1500
    home = real.dropna().drop_duplicates('city').set_index('city')['region']
    known = made.dropna()
    assert (known['city'].map(home) == known['region']).mean() > 0.6  # by chance: one in six


def test_no_network_tells_so_many_categories_apart(fitted):
    sizes = {column.name: column.size for column in fitted._model.encoding.x}
    assert max(sizes.values()) < 150
    assert list(sizes)[-2:] == ['city.group', 'city.member']


def test_conditions_on_such_columns_are_met(fitted):
    table = city_table()
    city = table['city'].dropna().iloc[7]
    asked = [Condition({'city': city, 'step': 700}, 5), Condition({'city': None}, 5)]
    made = fitted.sample_from_conditions(asked)['people']
    assert (made['city'][:5] == city).all()
    assert (made['step'][:5] == 700).all()
    assert made['city'][5:].isna().all()
    with pytest.raises(ValueError, match="'nowhere' is not a value of 'city'"):
        fitted.sample_from_conditions([Condition({'city': 'nowhere'}, 1)])


def test_combinations_of_very_many_kinds_are_told_by_what_is_known_of_them():
    rng = np.random.default_rng(1)
    pair = rng.permutation(np.concatenate([np.arange(2600), rng.integers(0, 2600, 1400)]))
    table = pd.DataFrame(
        {
            'town': [f'town {number // 10:03d}' for number in pair],
            'street': [f'street {number % 10}' for number in pair],
            'sex': rng.choice(['woman', 'man'], 4000),
            'hired': rng.choice(['yes', 'no'], 4000),
        }
    )
    columns = {name: {'sdtype': 'categorical'} for name in table}
    metadata = Metadata.load_from_dict({'tables': {'people': {'columns': columns}}})
    synthesizer = small_synthesizer(metadata, epochs=3)
    synthesizer.add_constraints([FixedCombinations(['town', 'street'], table_name='people')])
    synthesizer.fit({'people': table})
    known = table[['town', 'sex']].head(60)
    made = synthesizer.sample_remaining_columns(known, max_tries_per_batch=30)['people']
    pd.testing.assert_frame_equal(made[['town', 'sex']], known)
    whole = synthesizer.sample_remaining_columns(table[['town', 'street']].head(9))['people']
    pd.testing.assert_frame_equal(whole[['town', 'street']], table[['town', 'street']].head(9))


def test_they_survive_saving(fitted, tmp_path):
    from sdv.utils import load_synthesizer

    fitted.save(tmp_path / 'fitted.pkl')
    pd.testing.assert_frame_equal(
        made_by(load_synthesizer(tmp_path / 'fitted.pkl'), 50), made_by(fitted, 50)
    )


@pytest.mark.filterwarnings('ignore:Some groups have too few rows')
def test_a_sensitive_column_of_so_many_categories_is_refused():
    synthesizer = small_synthesizer(city_metadata(), sensitive_columns=['city'])
    with pytest.raises(SynthesizerInputError, match=f'{MOST_LABELS:,} at most'):
        synthesizer.fit({'people': city_table()})


def test_they_are_not_handed_over_and_the_reason_is_told(fitted, tmp_path):
    with pytest.raises(HandoverError, match="'city' has 2,950 categories") as caught:
        fitted.export(tmp_path / 'people.student')
    assert "'step' has 2,500 categories" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
