"""SDV's habits with tables of every kind of column: refits, seeds, streams, logs, warnings."""

import logging
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table, sample_hiring
from sdv.single_table.base import SYNTHESIZER_LOGGER
from sdv.utils import load_synthesizer
from tiny import badge_metadata, badge_table, tiny_synthesizer

from sdv_fair4free import Fair4FreeSynthesizer

PER_CALL = ['code', 'badge', 'email']
"""What RDT settles for each call: it shuffles the next values of a regex among the rows asked for,
and chooses which of them have no personal data."""
KINDS = {
    'categories': {},
    'half as fair': {'fairness_strength': 0.4},
    'numbers': {'sensitive_columns': ['sex', 'bonus'], 'fairness_strength': 0.7},
    'no student': {'distillation': None, 'fairness_criterion': 'equalized_odds'},
}


@pytest.fixture(scope='module', params=KINDS)
def synthesizer(request):
    made = tiny_synthesizer(badge_metadata(), **KINDS[request.param])
    made.fit({'hiring': badge_table()})
    return made


# -- fits ------------------------------------------------------------------------------------------


def other_table():
    """A table with another world in it: categories, ranges, keys, shares of missing values."""
    table = badge_table(250, seed=3)
    return table.assign(
        person_id=table['person_id'] + 10**6,
        hobby=table['hobby'].replace('football', 'chess'),
        skill=table['skill'] * 1000 + 5000,
        bonus=-1.0,
        since=table['since'] - pd.Timedelta(9999, 'D'),
        remote=True,
    )


def test_a_refit_forgets_the_old_table():
    table, synthesizer = badge_table(), tiny_synthesizer(badge_metadata())
    synthesizer.fit({'hiring': other_table()})
    parameters, info = synthesizer.get_parameters(), synthesizer.get_info()
    old = synthesizer.sample(100)['hiring']
    assert set(old['hobby']) == {'knitting', 'chess'}
    synthesizer.fit({'hiring': table})
    made = synthesizer.sample(500)['hiring']  # sampling has not to be reset
    fresh = tiny_synthesizer(badge_metadata())
    fresh.fit({'hiring': table})
    assert made.equals(fresh.sample(500)['hiring'])
    for name in ('hobby', 'grade', 'remote', 'hired'):
        assert set(made[name]) <= set(table[name])
    for name in ('skill', 'bonus', 'since'):
        assert made[name].dropna().between(table[name].min(), table[name].max()).all()
    assert synthesizer.get_parameters() == parameters
    assert synthesizer.get_info()['sensitive_groups'] != info['sensitive_groups']
    told, known = synthesizer.get_info(), fresh.get_info()
    for name in ('parameter_counts', 'weight_bytes', 'sensitive_groups', 'is_fit'):
        assert told[name] == known[name]
    assert synthesizer.get_loss_values().equals(fresh.get_loss_values())


def test_nothing_of_the_old_table_is_left_in_what_is_saved(tmp_path):
    synthesizer = tiny_synthesizer(badge_metadata())
    synthesizer.fit({'hiring': other_table()})
    synthesizer.save(tmp_path / 'old.pkl')
    synthesizer.fit({'hiring': badge_table()})
    synthesizer.save(tmp_path / 'new.pkl')
    assert b'chess' in (tmp_path / 'old.pkl').read_bytes()
    assert b'chess' not in (tmp_path / 'new.pkl').read_bytes()


def test_fits_with_one_seed_agree_bit_for_bit(synthesizer):
    again = Fair4FreeSynthesizer(badge_metadata(), **synthesizer.get_parameters())
    for _ in range(2):  # a first fit, and a second of the same object
        again.fit({'hiring': badge_table()})
        assert again.get_loss_values().equals(synthesizer.get_loss_values())
        assert again.sample(100)['hiring'].equals(sample_hiring(synthesizer, 100))


# -- streams ---------------------------------------------------------------------------------------


def test_sampling_repeats_once_it_is_reset(synthesizer):
    first = sample_hiring(synthesizer, 80)
    second = synthesizer.sample(80)['hiring']
    assert not {*first['person_id']} & {*second['person_id']}
    assert not {*first['code']} & {*second['code']}
    assert sample_hiring(synthesizer, 80).equals(first)
    assert synthesizer.sample(80)['hiring'].equals(second)


def test_a_longer_sample_starts_with_the_shorter_one(synthesizer):
    long, short = sample_hiring(synthesizer, 300), sample_hiring(synthesizer, 90)
    assert long[:90].drop(columns=PER_CALL).equals(short.drop(columns=PER_CALL))
    for name in PER_CALL[:2]:
        assert set(short[name]) < set(long[name])
    both = long['email'][:90].notna() & short['email'].notna()
    assert long['email'][:90][both].equals(short['email'][both])


def test_calls_and_batches_add_up_to_one_sample(synthesizer, capfd):
    whole = sample_hiring(synthesizer, 300)
    synthesizer.reset_sampling()
    calls = [synthesizer.sample(rows)['hiring'] for rows in (1, 90, 209)]
    batches = sample_hiring(synthesizer, 300, batch_size=60)  # SDV draws whole batches
    for parts in (pd.concat(calls, ignore_index=True), batches):
        assert parts.drop(columns=PER_CALL).equals(whole.drop(columns=PER_CALL))
        assert set(parts['code']) == set(whole['code'])
        assert parts['code'].is_unique


def test_one_stream_serves_every_strength(synthesizer):
    weak, strong = (sample_hiring(synthesizer, 200, fairness_strength=s) for s in (0.0, 1.0))
    assert not weak['hired'].equals(strong['hired'])
    if synthesizer.fairness_criterion == 'demographic_parity':
        assert weak.drop(columns='hired').equals(strong.drop(columns='hired'))
    again = sample_hiring(synthesizer, 300, fairness_strength=0.0)[:200]
    assert again.drop(columns=PER_CALL).equals(weak.drop(columns=PER_CALL))


def test_what_is_saved_goes_on_with_its_stream_in_another_process(synthesizer, tmp_path):
    synthesizer.reset_sampling()
    synthesizer.sample(50)
    synthesizer.save(tmp_path / 'model.pkl')
    script = (
        'from sdv.utils import load_synthesizer;'
        f"s = load_synthesizer(r'{tmp_path / 'model.pkl'}');"
        f"s.sample(40)['hiring'].to_pickle(r'{tmp_path / 'next.pkl'}');"
        f"s.reset_sampling(); s.sample(50)['hiring'].to_pickle(r'{tmp_path / 'first.pkl'}')"
    )
    subprocess.run([sys.executable, '-c', script], check=True, cwd=tmp_path)
    assert pd.read_pickle(tmp_path / 'next.pkl').equals(synthesizer.sample(40)['hiring'])
    assert pd.read_pickle(tmp_path / 'first.pkl').equals(sample_hiring(synthesizer, 50))


# -- logs and warnings -----------------------------------------------------------------------------


class Kept(logging.Handler):
    def __init__(self):
        super().__init__(logging.DEBUG)
        self.records = []

    def emit(self, record):
        self.records.append(record)


@pytest.fixture
def logged():
    """All that is logged, to SDV's logger of synthesizers and to any other."""
    kept, loggers = Kept(), [SYNTHESIZER_LOGGER, logging.getLogger()]
    before = [(logger, logger.level, logger.disabled) for logger in loggers]
    for logger in loggers:
        logger.addHandler(kept)
        logger.setLevel(logging.DEBUG)
    SYNTHESIZER_LOGGER.disabled = False
    yield kept.records
    for logger, level, disabled in before:
        logger.removeHandler(kept)
        logger.setLevel(level)
        logger.disabled = disabled


def test_the_events_are_those_of_sdv_and_tell_no_value(logged, tmp_path, capfd):
    table = badge_table()
    synthesizer = tiny_synthesizer(badge_metadata(), checkpoint_dir=tmp_path)
    synthesizer.fit({'hiring': table})
    made = synthesizer.sample(40)['hiring']
    synthesizer.save(tmp_path / 'model.pkl')
    told = {id(r): r.msg for r in logged if r.name == SYNTHESIZER_LOGGER.name}.values()
    assert [event['EVENT'] for event in told] == [
        'Instance',
        'Fit',
        'Fit processed data',
        'Sample',
        'Save',
    ]
    assert {event['SYNTHESIZER CLASS NAME'] for event in told} == {'Fair4FreeSynthesizer'}
    assert len({event['SYNTHESIZER ID'] for event in told}) == 1
    rows = [event.get('TOTAL NUMBER OF ROWS') for event in told]
    assert rows == [None, 300, 300, 40, None]
    everything = ' '.join(record.getMessage() for record in logged)
    for values in (table, made):
        for name in ('hobby', 'code', 'badge', 'email', 'sex'):
            assert not any(str(value) in everything for value in values[name].dropna().unique())
    assert capfd.readouterr() == ('', '')


@pytest.mark.parametrize('gaps', [False, True])
@pytest.mark.parametrize(
    'roles',
    [
        {'sensitive_columns': ['remote', 'sex']},
        {'target_column': 'remote', 'fairness_criterion': 'equalized_odds'},
    ],
)
def test_booleans_in_the_question_give_no_warning(roles, gaps):
    table = hiring_table(400)
    if gaps:
        table['remote'] = table['remote'].astype(object).mask(table.index % 9 == 3)
    with warnings.catch_warnings():
        warnings.simplefilter('error')  # those of the future, which pytest is told to ignore, too
        synthesizer = tiny_synthesizer(**roles)
        synthesizer.fit({'hiring': table})
        assert len(synthesizer.sample(20)['hiring']) == 20


def test_a_clean_table_gives_no_warning_and_no_word(tmp_path, capfd):
    metadata = hiring_metadata()
    metadata.save_to_json(tmp_path / 'metadata.json')
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        synthesizer = tiny_synthesizer(metadata, checkpoint_dir=tmp_path / 'checkpoints')
        synthesizer.validate({'hiring': hiring_table(300)})
        synthesizer.fit({'hiring': hiring_table(300)})
        synthesizer.fit({'hiring': hiring_table(300)})
        synthesizer.sample(20, fairness_strength=0.5, sensitive_distribution='uniform')
        synthesizer.get_loss_values_plot()
        synthesizer.save(tmp_path / 'model.pkl')
        assert len(load_synthesizer(tmp_path / 'model.pkl').sample(20)['hiring']) == 20
    assert capfd.readouterr() == ('', '')
    assert np.isfinite(synthesizer.get_loss_values()['Held-out Loss']).all()
