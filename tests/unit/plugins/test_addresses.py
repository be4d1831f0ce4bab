"""The example of a codec of several columns: towns are learnt, and no address comes back."""

import pickle

import numpy as np
import pandas as pd
import pytest
from addresses import (
    ADDRESSES,
    MISSING,
    READ,
    TOWNS,
    CoarseAddress,
    addressed_metadata,
    addressed_table,
    shares,
)
from plugged import answering
from rdt.errors import TransformerInputError
from sdv.sampling import Condition
from sdv.utils import load_synthesizer
from tiny import plugged_in, tiny_synthesizer

from sdv_fair4free.codecs import ColumnCodec
from sdv_fair4free.handover.errors import HandoverError

CODEC = answering('column_codecs', {'coarse addresses': ADDRESSES})


class TownAlone(CoarseAddress):
    """Brings back what it has learnt, and nothing else."""

    def _written(self, town, area):
        return (town + ', ' + area).to_numpy()


@pytest.fixture(scope='module')
def table():
    return addressed_table(600)


@pytest.fixture(scope='module')
def fitted(table):
    told = r"'address' \(codec 'coarse addresses' of plug-in 'Answering'\)"
    return warned(table, told=told)


def warned(table, plugin=CODEC, told=''):
    """A synthesizer whose fit has warned that what is personal is learnt."""
    synthesizer = tiny_synthesizer(addressed_metadata())
    with (
        plugged_in(plugin),
        pytest.warns(UserWarning, match=f'Real values may come back of .*{told}'),
    ):
        synthesizer.fit({'hiring': table})
    return synthesizer


def transformed(addresses, **settings):
    table = pd.DataFrame({'address': addresses})
    codec = CoarseAddress(**settings)
    codec.fit(table, 'address')
    return codec, codec.transform(table)


# -- the transformer alone -------------------------------------------------------------------


def test_town_and_area_survive_and_everything_else_is_made_up(table):
    codec, coarse = transformed(table['address'])
    assert list(coarse) == ['address.town', 'address.area']
    back = codec.reverse_transform(coarse)['address']
    assert (back.isna() == table['address'].isna()).all()
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    codec._reverse_transform(coarse)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    read, real = (values.str.extract(READ) for values in (back, table['address']))
    common = real['town'].isin(TOWNS)
    assert not common.all()
    assert (read['town'][common] == real['town'][common]).all()
    assert set(read['town'][~common].dropna()) == {'Elsewhere'}
    assert (read['area'].dropna() == real['area'].dropna()).all()
    # A postcode never ends in these letters, so that no address made up is anybody's.
    assert back.dropna().str.fullmatch(r'.*[CIKMOV]{2}').all()
    assert not table['address'].dropna().str.fullmatch(r'.*[CIKMOV]{2}').any()
    assert read['front'].nunique() > 300


def test_what_it_makes_up_is_seeded_and_starts_anew():
    addresses = ['1 Old Road, Newtown, NT4 5AB'] * 40
    (one, coarse), (other, _) = transformed(addresses), transformed(addresses)
    first = one.reverse_transform(coarse)
    pd.testing.assert_frame_equal(first, other.reverse_transform(coarse))
    second = one.reverse_transform(coarse)
    assert not first.equals(second)
    kept = pickle.loads(pickle.dumps(one))
    one.reset_randomization()
    pd.testing.assert_frame_equal(first, one.reverse_transform(coarse))
    pd.testing.assert_frame_equal(second, one.reverse_transform(coarse))
    assert not kept.reverse_transform(coarse).equals(second)


def test_a_pair_that_was_never_seen_gets_the_usual_area_of_its_town():
    codec, coarse = transformed(
        ['1 Old Road, Newtown, NT4 5AB'] * 6 + ['1 Old Road\nSandport\nsp4 5ab'] * 6, fewest=2
    )
    assert coarse['address.area'].unique().tolist() == ['NT', 'SP']
    for strange in ('SP', np.nan):
        made = codec.reverse_transform(coarse.assign(**{'address.area': strange}))['address']
        assert made[:6].str.contains(', Newtown, NT').all()
    nowhere = coarse.assign(**{'address.town': np.nan})
    assert codec.reverse_transform(nowhere)['address'].isna().all()


def test_towns_that_only_other_rows_have_are_elsewhere_or_the_usual_one():
    newtown, hamlet = '1 Old Road, Newtown, NT4 5AB', '1 Old Road, Lonely Hamlet, LH4 5AB'
    table = pd.DataFrame({'address': [hamlet, None, newtown]}, index=[4, 4, 4])
    for seen, town, area in (([hamlet], 'Elsewhere', 'ZZ'), ([], 'Newtown', 'NT')):
        codec, _ = transformed([newtown] * 9 + seen)
        coarse = codec.transform(table)
        assert coarse['address.town'].tolist() == [
            town,
            pytest.approx(np.nan, nan_ok=True),
            'Newtown',
        ]
        assert coarse['address.area'].iloc[0] == area
        back = codec.reverse_transform(coarse)['address']
        assert f', {town}, {area}' in back.iloc[0]
        assert back.index.tolist() == [4, 4, 4]


@pytest.mark.parametrize('dtype', [object, 'string', 'category'])
def test_a_column_without_any_address_comes_back_without_any(dtype):
    nothing = pd.Series([None] * 3, dtype=object).astype(dtype)
    codec, coarse = transformed(nothing)
    assert coarse.isna().all(axis=None)
    assert codec.reverse_transform(coarse)['address'].isna().all()


def test_all_addresses_that_cannot_be_read_are_told_by_row_and_not_by_text():
    secret = '7 Hidden Walk'
    odd = [secret, f'{secret}, NT4 5AB', '', 12, f'Flat 1, {secret}, NT4 5AB', None]
    with pytest.raises(TransformerInputError) as caught:
        transformed([*odd, *[secret] * 9])
    told = str(caught.value)
    assert "column 'address'" in told
    assert '12 without a postcode' in told
    assert '(rows 0, 2, 3, 6, 7 and 7 more)' in told
    assert '2 without a street, and a town that has no digits, before it (rows 1, 4)' in told
    assert 'house and street, town, postcode' in told
    assert 'Hidden' not in told


@pytest.mark.parametrize('fewest', [0, True, 2.5, '5'])
def test_how_few_are_too_few_must_be_a_whole_number(fewest):
    with pytest.raises(TransformerInputError, match=r'fewest=.* must be a whole number'):
        CoarseAddress(fewest=fewest)


# -- in a fit --------------------------------------------------------------------------------


def test_shares_of_towns_and_of_missing_addresses_are_learnt(fitted, table):
    fitted.reset_sampling()
    rows = fitted.sample(3000)['hiring']
    real, made = shares(table['address']), shares(rows['address'])
    assert {*made.index} <= {*TOWNS, 'Elsewhere'}
    for town in TOWNS:
        assert made[town] == pytest.approx(real[town], abs=0.08)
    assert rows['address'].isna().mean() == pytest.approx(MISSING, abs=0.08)
    assert not rows['address'].dropna().isin(table['address']).any()
    assert 'Lonely' not in ' '.join(rows['address'].dropna())
    areas = rows['address'].dropna().str.extract(READ)
    for town, (area, _) in TOWNS.items():
        assert set(areas.loc[areas['town'] == town, 'area']) == {area}


def test_sampling_starts_anew_and_the_same_fit_draws_the_same(fitted, table):
    fitted.reset_sampling()
    first, second = (fitted.sample(100)['hiring'] for _ in range(2))
    assert not first['address'].equals(second['address'])
    fitted.reset_sampling()
    pd.testing.assert_frame_equal(fitted.sample(100)['hiring'], first)
    again = warned(table)
    again.reset_sampling()
    pd.testing.assert_frame_equal(again.sample(100)['hiring'], first)


@pytest.mark.parametrize('dtype', ['category', 'string'])
def test_what_a_codec_makes_anew_is_there_in_every_type(table, dtype):
    typed = table.assign(address=table['address'].astype(dtype))
    made = warned(typed).sample(100)['hiring']['address']
    assert made.dtype == dtype
    assert 0 < made.isna().sum() < 50
    assert not made.dropna().isin(table['address']).any()


def test_addresses_that_cannot_be_read_end_the_fit(table):
    odd = table.assign(address=table['address'].where(table.index != 5, '7 Hidden Walk'))
    with (
        plugged_in(CODEC),
        pytest.warns(UserWarning, match='Real values may come back'),
        pytest.raises(TransformerInputError, match=r"'address' cannot be read:\n.*\(row 5\)"),
    ):
        tiny_synthesizer(addressed_metadata()).fit({'hiring': odd})


# -- conditions, and files -------------------------------------------------------------------


def asked(synthesizer, address, tries=20):
    condition = Condition(num_rows=5, column_values={'address': address})
    return synthesizer.sample_from_conditions([condition], max_tries_per_batch=tries)['hiring']


def test_an_address_is_waited_for_in_vain_and_a_missing_one_is_not(fitted, table):
    assert asked(fitted, None)['address'].isna().tolist() == [True] * 5
    for address in (table['address'].dropna().iloc[0], 'Atlantis'):
        with pytest.raises(ValueError, match='Unable to sample any rows') as caught:
            asked(fitted, address, tries=2)
        assert 'address did not turn up in 2 tries' in str(caught.value)
        assert "only if CoarseAddress can make them in 'address'" in str(caught.value)


def test_a_town_that_comes_back_as_it_is_can_be_asked_for_and_no_other(table):
    codec = ColumnCodec(sdtypes=('address',), make=lambda name, described: TownAlone())
    synthesizer = warned(table, answering('column_codecs', {'towns': codec}))
    made = asked(synthesizer, 'Sandport, SP')
    assert made['address'].tolist() == ['Sandport, SP'] * 5
    some = pd.DataFrame({'address': ['Newtown, NT', 'Atlantis, AT'], 'sex': ['man', 'woman']})
    with pytest.warns(UserWarning, match=r'1 of 2 rows could not be made.*\n.*TownAlone can make'):
        rest = synthesizer.sample_remaining_columns(some, max_tries_per_batch=9)['hiring']
    assert rest[['address', 'sex']].to_numpy().tolist() == [['Newtown, NT', 'man']]


def test_a_column_of_a_codec_is_refused_by_name_where_files_are_written(fitted, tmp_path):
    for export in (fitted.export, fitted.export_teacher):
        with pytest.raises(HandoverError) as caught:
            export(tmp_path / 'a.file')
        assert "column 'address' is transformed by CoarseAddress" in str(caught.value)
        assert 'fit without the plug-in whose codec it is' in str(caught.value)
    assert not [*tmp_path.iterdir()]
    fitted.save(str(tmp_path / 'model.pkl'))
    opened = load_synthesizer(str(tmp_path / 'model.pkl'))
    opened.reset_sampling()
    fitted.reset_sampling()
    pd.testing.assert_frame_equal(opened.sample(20)['hiring'], fitted.sample(20)['hiring'])
