"""Tables in parts: each part follows from the seed and its number alone."""

import copy
import random
import threading
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import torch
from pandas.testing import assert_frame_equal
from pictured import digits, digits_metadata, picture_synthesizer
from rdt.transformers import AnonymizedFaker, IndexGenerator
from sdv.cag import FixedCombinations, Inequality
from sdv.errors import SamplingError
from sdv.metadata import Metadata
from tiny import badge_metadata, badge_table, tiny_synthesizer

ROWS, SIZE = 700, 200


@pytest.fixture(scope='module')
def synthesizer():
    made = tiny_synthesizer(badge_metadata())
    made.fit({'hiring': badge_table()})
    return made


def parts_of(synthesizer, rows=ROWS, size=SIZE, **options):
    options = {'random_state': 5, **options}
    return [next(iter(part.values())) for part in synthesizer.sample_batches(rows, size, **options)]


def test_parts_add_up_and_are_like_what_sample_gives(synthesizer):
    parts = parts_of(synthesizer)
    synthesizer.reset_sampling()
    sampled = synthesizer.sample(SIZE)['hiring']
    assert [len(part) for part in parts] == [200, 200, 200, 100]
    for part in parts:
        assert part.dtypes.equals(sampled.dtypes)
        assert part.index.equals(pd.RangeIndex(len(part)))


def test_a_part_made_alone_is_the_part_of_the_whole(synthesizer):
    parts = parts_of(synthesizer)
    for part, alone in zip([3, 0, 2], parts_of(synthesizer, only=[3, 0, 2]), strict=True):
        assert_frame_equal(parts[part], alone)


def test_a_part_does_not_depend_on_how_long_the_table_is(synthesizer):
    (longer,) = parts_of(synthesizer, rows=10**8, only=[2])
    assert_frame_equal(parts_of(synthesizer)[2], longer)


def test_parts_of_one_table_differ_as_rows_do(synthesizer):
    first, second, *_ = parts_of(synthesizer)
    for name in ('skill', 'email', 'phone', 'code', 'person_id'):
        assert not first[name].equals(second[name])
    (other,) = parts_of(synthesizer, random_state=6, only=[0])
    assert not first['skill'].equals(other['skill'])
    assert not first['email'].equals(other['email'])


def test_keys_are_unique_over_all_parts(synthesizer):
    whole = pd.concat(parts_of(synthesizer, rows=5000, size=300))
    for name in ('person_id', 'code', 'badge'):
        assert whole[name].is_unique
    assert whole['code'].str.fullmatch('[A-Z]{3}-[0-9]{4}').all()


def test_the_share_of_missing_personal_data_is_that_of_the_table(synthesizer):
    for part in parts_of(synthesizer):
        assert part['email'].isna().mean() == pytest.approx(0.25, abs=0.01)


def test_without_a_seed_the_stream_of_sample_gives_one(synthesizer):
    synthesizer.reset_sampling()
    first = parts_of(synthesizer, random_state=None)
    again = parts_of(synthesizer, random_state=None)
    assert not first[0]['skill'].equals(again[0]['skill'])
    synthesizer.reset_sampling()
    for part, repeated in zip(first, parts_of(synthesizer, random_state=None), strict=True):
        assert_frame_equal(part, repeated)


def test_sample_in_between_gives_what_it_would_have_given(synthesizer):
    synthesizer.reset_sampling()
    alone = [synthesizer.sample(50)['hiring'] for _ in range(3)]
    wanted = parts_of(synthesizer)
    synthesizer.reset_sampling()
    between, parts = [], []
    for part in synthesizer.sample_batches(ROWS, SIZE, random_state=5):
        parts.append(part['hiring'])
        if len(between) < 3:
            between.append(synthesizer.sample(50)['hiring'])
    for table, known in zip([*between, *parts], [*alone, *wanted], strict=True):
        assert_frame_equal(table, known)


def test_threads_may_make_parts_and_sample_at_once(synthesizer):
    wanted, made = parts_of(synthesizer), {}

    def stream(place):
        made[place] = parts_of(synthesizer)

    threads = [threading.Thread(target=stream, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    synthesizer.sample(100)
    for thread in threads:
        thread.join()
    for place in range(3):
        for part, known in zip(made[place], wanted, strict=True):
            assert_frame_equal(part, known)


def test_a_fit_in_between_does_not_change_the_rest():
    synthesizer = tiny_synthesizer(badge_metadata())
    synthesizer.fit({'hiring': badge_table()})
    wanted = parts_of(synthesizer)
    stream = synthesizer.sample_batches(ROWS, SIZE, random_state=5)
    first = next(stream)['hiring']
    synthesizer.fit({'hiring': badge_table(seed=1)})
    for part, known in zip([first, *(part['hiring'] for part in stream)], wanted, strict=True):
        assert_frame_equal(part, known)


def test_a_fit_in_between_does_not_change_what_constraints_know():
    synthesizer = tiny_synthesizer(badge_metadata())
    synthesizer.add_constraints([FixedCombinations(column_names=['hobby', 'remote'])])
    synthesizer.fit({'hiring': badge_table()})
    wanted = parts_of(synthesizer)
    stream = synthesizer.sample_batches(ROWS, SIZE, random_state=5)
    first = next(stream)['hiring']
    other = badge_table(seed=1)
    synthesizer.fit({'hiring': other.assign(hobby=other['hobby'].astype(object) + ' again')})
    for part, known in zip([first, *(part['hiring'] for part in stream)], wanted, strict=True):
        assert_frame_equal(part, known)


def test_global_random_states_are_left_alone(synthesizer):
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.random.get_rng_state()  # noqa: NPY002
    parts_of(synthesizer)
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002
    assert torch.equal(torch.random.get_rng_state(), before[2])


def test_parts_take_the_memory_of_one(synthesizer):
    def peak(rows):
        tracemalloc.start()
        for _ in synthesizer.sample_batches(rows, 500, random_state=0):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(500)
    assert peak(10_000) < 1.5 * peak(1_000)


def test_strength_and_people_wanted_hold_in_every_part(synthesizer):
    for part in parts_of(synthesizer, sensitive_distribution={'woman': 1}, fairness_strength=0.5):
        assert set(part['sex']) == {'woman'}
    assert not parts_of(synthesizer, fairness_strength=0.0)[0].equals(parts_of(synthesizer)[0])


def test_no_rows_are_one_table_without_rows(synthesizer):
    (part,) = parts_of(synthesizer, rows=0)
    assert len(part) == 0
    assert list(part) == list(parts_of(synthesizer)[0])


def test_every_problem_is_told_at_once_and_before_the_first_part(synthesizer):
    with pytest.raises(SamplingError) as raised:
        synthesizer.sample_batches(
            -1, 0, random_state=-1, fairness_strength=2, sensitive_distribution={'x': 1}
        )
    for name in ('num_rows', 'batch_size', 'random_state', 'fairness_strength', "'x'"):
        assert name in str(raised.value)
    with pytest.raises(SamplingError, match='0 to 3'):
        synthesizer.sample_batches(ROWS, SIZE, only=[0, 4])
    with pytest.raises(SamplingError, match='numbers of parts'):
        synthesizer.sample_batches(ROWS, SIZE, only=3)
    with pytest.raises(SamplingError, match='fit'):
        tiny_synthesizer().sample_batches(ROWS)


def test_a_pattern_that_is_used_up_is_refused(synthesizer):
    many = 26**3 * 10**4 + 1
    with pytest.raises(SamplingError, match=f"'code' has {many - 1:,} different values"):
        synthesizer.sample_batches(many, 1000)


# -- keys of other kinds ---------------------------------------------------------------------------


def with_key(sdtype, values, transformer=None, **described_by):
    """Fitted to the hiring table with another primary key."""
    described = badge_metadata().to_dict()
    table = described['tables']['hiring']
    table['columns']['person_id'] = {'sdtype': sdtype, **described_by}
    data = badge_table().assign(person_id=values)
    synthesizer = tiny_synthesizer(Metadata.load_from_dict(described))
    if transformer is not None:
        synthesizer.auto_assign_transformers({'hiring': data})
        synthesizer.update_transformers({'person_id': transformer})
    synthesizer.fit({'hiring': data})
    return synthesizer


def test_keys_of_small_types_use_their_whole_range():
    synthesizer = with_key('id', np.arange(300).astype(np.int16))
    whole = pd.concat(parts_of(synthesizer, rows=2000, size=600))
    assert whole['person_id'].is_unique
    assert whole['person_id'].dtype == np.int16
    with pytest.raises(SamplingError, match="'person_id' has 65,536 different values"):
        synthesizer.sample_batches(65_537)


def test_keys_of_whole_numbers_with_a_pattern_are_unique():
    synthesizer = with_key('id', range(10_000, 10_300), regex_format='[1-9][0-9]{4}')
    whole = pd.concat(parts_of(synthesizer))
    assert whole['person_id'].tolist() == list(range(10_000, 10_000 + ROWS))
    with pytest.raises(SamplingError, match="'person_id' has 90,000 different values"):
        synthesizer.sample_batches(90_001)


@pytest.mark.parametrize('transformer', [None, IndexGenerator(prefix='p', starting_value=7)])
@pytest.mark.filterwarnings('ignore:Replacing the default transformer')
def test_keys_of_text_are_unique(transformer):
    synthesizer = with_key('id', [f'k{i}' for i in range(300)], transformer)
    parts = parts_of(synthesizer)
    assert pd.concat(parts)['person_id'].is_unique
    expected = 'sdv-id-aaaadS' if transformer is None else 'p207'
    assert parts[1]['person_id'].iloc[0] == expected


def test_keys_that_faker_makes_up_are_refused_with_what_to_do():
    synthesizer = with_key('email', [f'{i}@mail.example' for i in range(300)])
    with pytest.raises(SamplingError, match=r"(?s)'person_id'.*made up by 'email'.*IndexGenerator"):
        synthesizer.sample_batches(ROWS)


@pytest.mark.filterwarnings('ignore:Replacing the default transformer')
def test_values_that_keep_to_a_number_of_them_are_shared_by_all_parts():
    synthesizer = tiny_synthesizer(badge_metadata())
    data = {'hiring': badge_table()}
    synthesizer.auto_assign_transformers(data)
    synthesizer.update_transformers(
        {'email': AnonymizedFaker('internet', 'email', cardinality_rule='match')}
    )
    synthesizer.fit(data)
    seen = [set(part['email'].dropna()) for part in parts_of(synthesizer)[:3]]
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == data['hiring']['email'].nunique()
    (alone,) = parts_of(synthesizer, only=[1])
    assert_frame_equal(alone, parts_of(synthesizer)[1])


# -- constraints, and pictures ------------------------------------------------------------------


def dated(rows=300):
    """The hiring table with an end after each beginning, sometimes missing."""
    table = badge_table(rows)
    days = np.random.default_rng(0).integers(1, 99, rows)
    ends = table['since'] + pd.to_timedelta(days, 'D')
    return table.assign(until=ends.where(table.index % 5 > 0))


@pytest.fixture(scope='module')
def constrained():
    """Constraints of which the last overlaps, so that rows are drawn until they satisfy it."""
    described = badge_metadata().to_dict()
    described['tables']['hiring']['columns']['until'] = {'sdtype': 'datetime'}
    synthesizer = tiny_synthesizer(Metadata.load_from_dict(described))
    with pytest.warns(UserWarning, match='are drawn again'):
        synthesizer.add_constraints(
            [
                Inequality(low_column_name='since', high_column_name='until'),
                FixedCombinations(column_names=['hobby', 'remote']),
                FixedCombinations(column_names=['hobby', 'grade']),
            ]
        )
    data = dated()
    data.loc[data['hobby'] == 'knitting', 'grade'] = 'high'
    synthesizer.fit({'hiring': data})
    return synthesizer


def test_rows_that_constraints_reject_are_made_up_for(constrained):
    parts = parts_of(constrained)
    whole = pd.concat(parts)
    assert [len(part) for part in parts] == [200, 200, 200, 100]
    assert (whole['until'].isna() | (whole['until'] > whole['since'])).all()
    assert set(whole.loc[whole['hobby'] == 'knitting', 'grade']) == {'high'}
    assert whole['person_id'].tolist() == list(range(ROWS))
    assert whole['code'].is_unique
    (alone,) = parts_of(constrained, only=[2])
    assert_frame_equal(alone, parts[2])


def test_parts_of_a_copy_are_the_same(constrained):
    for part, known in zip(
        parts_of(copy.deepcopy(constrained)), parts_of(constrained), strict=True
    ):
        assert_frame_equal(part, known)


def test_pictures_come_in_parts_with_their_attributes():
    described = digits_metadata(image={'sdtype': 'unknown'})
    pictures = digits(200)
    painter = picture_synthesizer(described)
    table = pictures.table.assign(image='-')
    painter.fit({'digits': table}, images=pictures.images)
    parts = list(painter.sample_batches(50, 20, random_state=3))
    assert [len(images) for _, images in parts] == [20, 20, 10]
    names = pd.concat([part.table for part in parts])['image']
    assert names.tolist() == [f'{number:06d}.png' for number in range(50)]
    (alone,) = painter.sample_batches(50, 20, random_state=3, only=[1])
    assert np.array_equal(alone.images, parts[1].images)
    assert_frame_equal(alone.table, parts[1].table)
