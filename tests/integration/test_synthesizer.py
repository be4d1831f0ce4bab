"""The synthesizer as an SDV user meets it: every test runs the real thing on a small table."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import hiring_metadata, hiring_table, small_synthesizer
from scipy import stats
from sdv.cag import FixedCombinations, Inequality
from sdv.errors import (
    InvalidDataError,
    InvalidDataTypeError,
    NotFittedError,
    SamplingError,
    SynthesizerInputError,
)
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata
from sdv.sampling import Condition
from sdv.utils import load_synthesizer

from sdv_fair4free import Fair4FreeSynthesizer, __version__
from sdv_fair4free.core.dependence import distance_covariance
from sdv_fair4free.options import drawing_from_teacher


def sample(synthesizer, rows, **options):
    synthesizer.reset_sampling()
    return synthesizer.sample(rows, **options)['hiring']


def hired_share(table):
    return table.groupby('sex')['hired'].agg(lambda values: (values == 'yes').mean())


# -- what it makes ---------------------------------------------------------------------------


def test_the_table_is_valid_in_every_way_that_sdv_checks(fitted, hiring, metadata):
    made = sample(fitted, 500)
    assert list(made.columns) == list(metadata.get_column_names(table_name='hiring'))
    report = run_diagnostic({'hiring': hiring}, {'hiring': made}, metadata, verbose=False)
    assert report.get_score() == 1.0
    metadata.validate_data({'hiring': made})
    assert made.dtypes.drop('since').equals(hiring.dtypes.drop('since'))
    assert made['person_id'].is_unique


def test_the_outcome_is_independent_of_the_group_by_permutation_test(fitted):
    made = sample(fitted, 1500)
    outcome = torch.tensor((made['hired'] == 'yes').to_numpy(), dtype=torch.float32)[:, None]
    group = torch.tensor((made['sex'] == 'woman').to_numpy(), dtype=torch.float32)[:, None]
    noise = torch.Generator().manual_seed(0)
    seen = float(distance_covariance(outcome, group))
    shuffled = [
        float(distance_covariance(outcome, group[torch.randperm(1500, generator=noise)]))
        for _ in range(99)
    ]
    assert np.mean([value >= seen for value in shuffled]) > 0.05


def test_strength_is_a_dial_on_one_fitted_model(fitted, hiring):
    gaps = [
        np.ptp(hired_share(sample(fitted, 4000, fairness_strength=strength)))
        for strength in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 0.01
    assert gaps[0] == pytest.approx(np.ptp(hired_share(hiring)), abs=0.08)


def test_other_columns_keep_their_relation_to_the_group(fitted, hiring):
    def knitting(table):
        return table.groupby('sex')['hobby'].agg(lambda values: (values == 'knitting').mean())

    assert knitting(sample(fitted, 4000)).to_numpy() == pytest.approx(
        knitting(hiring).to_numpy(), abs=0.08
    )


def test_missingness_that_depends_on_the_group_is_reproduced():
    table = hiring_table(6000)  # enough rows for the shares of both groups to be learnt
    synthesizer = small_synthesizer()
    synthesizer.fit({'hiring': table})

    def missing(rows):
        return rows.groupby('sex')['bonus'].agg(lambda values: values.isna().mean())

    assert missing(sample(synthesizer, 4000)).to_numpy() == pytest.approx(
        missing(table).to_numpy(), abs=0.08
    )


def test_the_outcome_still_depends_on_merit(fitted):
    made = sample(fitted, 4000)
    able = made.loc[made['hired'] == 'yes', 'skill']
    others = made.loc[made['hired'] == 'no', 'skill']
    assert stats.mannwhitneyu(able, others, alternative='greater').pvalue < 1e-6


def test_scope_all_hides_the_group_from_every_column():
    synthesizer = small_synthesizer(fairness_scope='all')
    synthesizer.fit({'hiring': hiring_table()})
    made = sample(synthesizer, 4000)
    crossed = pd.crosstab(made['sex'], made['hobby'])
    assert stats.chi2_contingency(crossed).pvalue > 0.001
    groups = [part['skill'] for _, part in made.groupby('sex')]
    assert stats.ks_2samp(*groups).pvalue > 0.001


def test_groups_follow_the_distribution_asked_for(fitted, hiring):
    observed = sample(fitted, 2000)['sex'].value_counts(normalize=True)['woman']
    assert observed == pytest.approx((hiring['sex'] == 'woman').mean(), abs=0.002)
    uniform = sample(fitted, 2000, sensitive_distribution='uniform')['sex'].value_counts()
    assert abs(uniform['woman'] - 1000) <= 2
    own = sample(fitted, 2000, sensitive_distribution={'woman': 3, 'man': 1})['sex']
    assert abs((own == 'woman').sum() - 1500) <= 2
    assert set(sample(fitted, 50, sensitive_distribution={'woman': 1})['sex']) == {'woman'}


@pytest.mark.parametrize(
    'parameters',
    [
        {'sensitive_columns': ['sex', 'remote']},
        {'sensitive_columns': 'grade'},
        {'target_column': 'grade'},
        {'target_column': 'remote', 'sensitive_columns': ['sex', 'grade']},
        {'target_column': None, 'fairness_scope': 'all'},
        {'fairness_criterion': 'equalized_odds'},
        {'fairness_criterion': 'equal_opportunity', 'favourable_outcome': 'yes'},
        {'distillation': 'with_data'},
        {'distillation': None},
    ],
    ids=str,
)
def test_every_role_criterion_and_distillation_makes_a_valid_table(parameters, hiring, metadata):
    synthesizer = small_synthesizer(**parameters)
    synthesizer.fit({'hiring': hiring})
    made = sample(synthesizer, 800)
    report = run_diagnostic({'hiring': hiring}, {'hiring': made}, metadata, verbose=False)
    assert report.get_score() == 1.0
    target = synthesizer.target_column
    if target is not None:
        group = made[np.atleast_1d(synthesizer.sensitive_columns)].astype(str).agg(' '.join, axis=1)
        assert stats.chi2_contingency(pd.crosstab(group, made[target])).pvalue > 0.05


def test_without_sensitive_columns_it_says_so_once_and_works(hiring, metadata):
    with pytest.warns(UserWarning, match='No fairness is applied') as caught:
        synthesizer = Fair4FreeSynthesizer(metadata)
    assert len(caught) == 1
    assert "sensitive_columns=['...']" in str(caught[0].message)
    synthesizer = small_plain(metadata)
    synthesizer.fit({'hiring': hiring})
    made = sample(synthesizer, 2000)
    assert np.ptp(hired_share(made)) == pytest.approx(np.ptp(hired_share(hiring)), abs=0.1)


def small_plain(metadata):
    with pytest.warns(UserWarning, match='No fairness is applied'):
        return small_synthesizer(metadata, sensitive_columns=None, target_column=None)


# -- SDV's habits ----------------------------------------------------------------------------


def test_parameters_are_all_visible_under_their_own_names(fitted):
    parameters = fitted.get_parameters()
    assert parameters['sensitive_columns'] == ['sex']
    assert parameters['target_column'] == 'hired'
    assert parameters['distillation'] == 'data_free'
    assert parameters['locales'] == ['en_US']
    twin = Fair4FreeSynthesizer(hiring_metadata(), **parameters)
    assert twin.get_parameters() == parameters


def test_the_same_seed_fits_the_same_model_and_another_seed_another(fitted, hiring):
    again = small_synthesizer()
    again.fit({'hiring': hiring_table()})
    assert sample(again, 200).equals(sample(fitted, 200))
    other = small_synthesizer(random_state=1)
    other.fit({'hiring': hiring_table()})
    assert not sample(other, 200).equals(sample(fitted, 200))


@pytest.mark.parametrize('random_state', [0, None])
def test_fitting_and_sampling_leave_the_global_streams_alone(hiring, random_state):
    synthesizer = small_synthesizer(random_state=random_state)
    processed = synthesizer.preprocess({'hiring': hiring})  # SDV's part moves numpy's stream
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    synthesizer.fit_processed_data(processed)
    synthesizer.sample(10)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == np.random.get_state()[1].tolist()  # noqa: NPY002


def test_samples_differ_until_sampling_is_reset(fitted):
    first = sample(fitted, 100)
    second = fitted.sample(100)['hiring']
    assert not first.drop(columns='person_id').equals(second.drop(columns='person_id'))
    assert sample(fitted, 100).equals(first)


def test_a_longer_sample_starts_with_the_shorter_one(fitted):
    modelled = ['sex', 'grade', 'remote', 'skill', 'bonus', 'hobby', 'since', 'hired']
    assert sample(fitted, 300)[modelled][:100].equals(sample(fitted, 100)[modelled])


def test_it_saves_and_loads_in_another_process(fitted, tmp_path):
    path = tmp_path / 'model.pkl'
    fitted.save(path)
    expected = sample(fitted, 50)
    loaded = load_synthesizer(path)
    loaded.reset_sampling()
    assert loaded.sample(50)['hiring'].equals(expected)
    script = (
        'from sdv.utils import load_synthesizer;'
        f"s = load_synthesizer(r'{path}'); s.reset_sampling();"
        f"s.sample(50)['hiring'].to_pickle(r'{tmp_path / 'made.pkl'}')"
    )
    subprocess.run([sys.executable, '-c', script], check=True, cwd=tmp_path)
    assert pd.read_pickle(tmp_path / 'made.pkl').equals(expected)


def test_what_is_saved_lies_on_the_cpu_and_holds_no_row(fitted, tmp_path):
    model = fitted._model
    for module in (model.teacher, model.student, model.representation):
        for tensor in module.state_dict().values():
            assert tensor.device.type == 'cpu'
            assert len(hiring_table()) not in tensor.shape


@pytest.mark.gpu
def test_what_is_fitted_on_a_gpu_opens_where_there_is_none(hiring, tmp_path):
    if not (torch.cuda.is_available() or torch.backends.mps.is_available()):
        pytest.skip('no GPU here')
    synthesizer = small_synthesizer(enable_gpu=True)
    synthesizer.fit({'hiring': hiring})
    synthesizer.save(tmp_path / 'model.pkl')
    script = (
        'import torch; from sdv.utils import load_synthesizer;'
        'assert not torch.cuda.is_available();'
        f"table = load_synthesizer(r'{tmp_path / 'model.pkl'}').sample(50)['hiring'];"
        'assert len(table) == 50'
    )
    hidden = {**os.environ, 'CUDA_VISIBLE_DEVICES': ''}
    subprocess.run([sys.executable, '-c', script], check=True, cwd=tmp_path, env=hidden)


def test_a_refit_forgets_the_old_table(hiring):
    synthesizer = small_synthesizer()
    synthesizer.fit({'hiring': hiring.assign(hobby='chess')})
    synthesizer.fit({'hiring': hiring})
    fresh = small_synthesizer()
    fresh.fit({'hiring': hiring})
    assert sample(synthesizer, 100).equals(sample(fresh, 100))


def test_the_input_is_not_changed(hiring):
    before = hiring.copy(deep=True)
    small_synthesizer().fit({'hiring': hiring})
    pd.testing.assert_frame_equal(hiring, before)


def test_info_tells_version_sizes_and_groups(fitted, hiring):
    info = fitted.get_info()
    assert info['fitted_sdv_fair4free_version'] == __version__
    assert info['parameter_counts']['student'] < info['parameter_counts']['teacher'] / 3
    shares = hiring['sex'].value_counts(normalize=True)
    groups = info['sensitive_groups']
    assert {key: group['share'] for key, group in groups.items()} == pytest.approx(
        {(k,): shares[k] for k in shares.index}
    )
    assert {group['own_share'] for group in groups.values()} == {1.0}


def test_losses_are_told_for_teacher_and_student(fitted):
    losses = fitted.get_loss_values()
    assert list(losses.columns) == ['Stage', 'Epoch', 'Term', 'Training Loss', 'Held-out Loss']
    assert set(losses['Stage']) == {'representation', 'decoder', 'student'}
    assert np.isfinite(losses[['Training Loss', 'Held-out Loss']].to_numpy()).all()
    per_epoch = losses[losses['Term'] != 'total'].groupby(['Stage', 'Epoch'])['Held-out Loss'].sum()
    total = losses[losses['Term'] == 'total'].set_index(['Stage', 'Epoch'])['Held-out Loss']
    assert per_epoch.to_numpy() == pytest.approx(total.sort_index().to_numpy())
    figure = fitted.get_loss_values_plot(title='Losses')
    assert figure.layout.title.text == 'Losses'
    assert {trace.name for trace in figure.data} == {'Training Loss', 'Held-out Loss'}


def test_progress_is_shown_only_when_asked_for(hiring, capfd):
    small_synthesizer().fit({'hiring': hiring})
    assert capfd.readouterr() == ('', '')
    small_synthesizer(verbose=True).fit({'hiring': hiring})
    shown = capfd.readouterr().err
    for stage in ('Encode', 'Teacher (representation)', 'Teacher (decoder)', 'Student'):
        assert stage in shown


def test_conditions_are_honoured(fitted):
    fitted.reset_sampling()
    made = fitted.sample_from_conditions(
        [
            Condition({'sex': 'woman', 'hired': 'yes'}, num_rows=40),
            Condition({'grade': 'high'}, num_rows=20),
        ]
    )['hiring']
    assert len(made) == 60
    assert (made['sex'].eq('woman') & made['hired'].eq('yes')).sum() >= 40
    assert made['grade'].eq('high').sum() >= 20


def test_the_teacher_can_be_drawn_from_instead_of_the_student(fitted):
    with drawing_from_teacher():
        teacher = sample(fitted, 200)
    assert not teacher.equals(sample(fitted, 200))
    undistilled = small_synthesizer(distillation=None)
    undistilled.fit({'hiring': hiring_table()})
    assert sample(undistilled, 200).equals(teacher)


def test_plug_ins_hear_of_every_epoch_and_may_stop_a_stage(hiring):
    from sdv_fair4free.plugins import hookimpl, manager

    heard = []

    class Impatient:
        @hookimpl
        def on_fit_start(self, stage, epochs):
            heard.append((stage, 'start'))

        @hookimpl
        def on_epoch_end(self, stage, epoch, losses):
            heard.append((stage, epoch))
            return stage == 'decoder' and epoch == 1

        @hookimpl
        def on_fit_end(self, stage):
            heard.append((stage, 'end'))

    plugin = Impatient()
    manager().register(plugin)
    try:
        synthesizer = small_synthesizer()
        synthesizer.fit({'hiring': hiring})
    finally:
        manager().unregister(plugin)
    assert [event for stage, event in heard if stage == 'decoder'] == ['start', 0, 1, 'end']
    losses = synthesizer.get_loss_values()
    assert losses[losses['Stage'] == 'decoder']['Epoch'].max() == 1
    assert list(dict.fromkeys(stage for stage, _ in heard)) == [
        'representation',
        'decoder',
        'student',
    ]


# -- constraints -----------------------------------------------------------------------------


@pytest.mark.filterwarnings('ignore:We strongly recommend saving the metadata')
def test_constraints_keep_our_transformers_and_are_kept(hiring, metadata):
    table = hiring.assign(floor=hiring['skill'] - 1.0)
    metadata.add_column('floor', table_name='hiring', sdtype='numerical')
    synthesizer = small_synthesizer(metadata)
    synthesizer.add_constraints(
        [
            Inequality(low_column_name='floor', high_column_name='skill', table_name='hiring'),
            FixedCombinations(column_names=['grade', 'hobby'], table_name='hiring'),
        ]
    )
    synthesizer.fit({'hiring': table})
    made = sample(synthesizer, 300)
    assert (made['floor'] <= made['skill']).all()
    transformers = synthesizer._data_processor._hyper_transformer.field_transformers
    assert {type(transformers[name]).__name__ for name in ('sex', 'grade#hobby')} == {
        'CategoryEncoder'
    }


def test_a_constraint_that_removes_a_sensitive_column_is_refused_and_undone(hiring):
    synthesizer = small_synthesizer()
    with pytest.raises(SynthesizerInputError, match=r"replace 'sex' by columns of their own"):
        synthesizer.add_constraints(
            [FixedCombinations(column_names=['sex', 'hobby'], table_name='hiring')]
        )
    assert synthesizer.get_constraints() == []
    synthesizer.fit({'hiring': hiring})
    assert len(sample(synthesizer, 10)) == 10


# -- bad input -------------------------------------------------------------------------------


def test_all_bad_parameters_are_named_at_once(metadata):
    with pytest.raises(SynthesizerInputError) as caught:
        Fair4FreeSynthesizer(
            metadata,
            sensitive_columns=['sexx', 'person_id'],
            target_column='hird',
            distillation='datafree',
        )
    message = str(caught.value)
    assert message.startswith('4 problems with the parameters:')
    assert "Did you mean 'sex'?" in message
    assert "Did you mean 'hired'?" in message
    assert "Did you mean 'data_free'?" in message


@pytest.mark.parametrize(
    ('spoil', 'error', 'expected'),
    [
        (lambda t: t, InvalidDataTypeError, 'dict'),
        (lambda t: {'hiring': t[:0]}, InvalidDataError, 'empty'),
        (lambda t: {'hiring': t.drop(columns='sex')}, InvalidDataError, 'sex'),
        (lambda t: {'hiring': t.assign(sex='man')}, InvalidDataError, 'one value only'),
        (lambda t: {'hiring': t.assign(hired='yes')}, InvalidDataError, 'one value only'),
        (
            lambda t: {'hiring': t.assign(sex=np.where(np.arange(len(t)) < 3, 'x', 'man'))},
            InvalidDataError,
            "'x' (n = 3)",
        ),
        (lambda t: {'hiring': t.assign(skill=np.inf)}, InvalidDataError, 'infinite'),
    ],
    ids=['bare', 'empty', 'no column', 'one group', 'one outcome', 'small group', 'infinite'],
)
def test_bad_tables_are_refused_and_nothing_is_half_fitted(hiring, spoil, error, expected):
    synthesizer = small_synthesizer()
    with pytest.raises(error) as caught:
        synthesizer.fit(spoil(hiring))
    assert expected in str(caught.value)
    assert not synthesizer.get_info()['is_fit']
    with pytest.raises(SamplingError, match='not been fitted'):
        synthesizer.sample(1)


def test_several_problems_of_a_table_are_told_together(hiring):
    with pytest.raises(InvalidDataError) as caught:
        small_synthesizer().fit({'hiring': hiring.assign(sex='man', skill=np.inf, hired='no')})
    for expected in ("'sex' has one value", "'hired' has one value", "'skill' holds 1500 infinite"):
        assert expected in str(caught.value)


def test_bad_sampling_arguments_are_named_at_once(fitted):
    with pytest.raises(SamplingError) as caught:
        fitted.sample(2.5, fairness_strength=3, sensitive_distribution={'womn': 1})
    message = str(caught.value)
    assert message.startswith('3 problems with the sampling arguments:')
    assert "Did you mean 'woman'?" in message


def test_a_strength_that_nothing_would_obey_is_refused(hiring, metadata):
    synthesizer = small_plain(metadata)
    synthesizer.fit({'hiring': hiring})
    with pytest.raises(SamplingError, match='there are no sensitive_columns'):
        synthesizer.sample(10, fairness_strength=0.5)


def test_everyday_arguments_are_taken(fitted, hiring):
    made = sample(
        fitted,
        np.int64(200),
        sensitive_distribution=hiring['sex'].value_counts(),
        fairness_strength=np.float64(0.5),
    )
    assert len(made) == 200


@pytest.mark.filterwarnings('ignore:We strongly recommend saving the metadata')
def test_a_detected_table_with_gaps_in_small_integers_is_fitted(hiring):
    table = hiring.drop(columns='person_id')
    table['children'] = np.where(np.arange(len(table)) % 9, np.arange(len(table)) % 4, np.nan)
    metadata = Metadata.detect_from_dataframes({'hiring': table})
    assert metadata.tables['hiring'].columns['children']['sdtype'] == 'ordinal'
    synthesizer = small_synthesizer(metadata, sensitive_columns=['children'], epochs=2)
    synthesizer.fit({'hiring': table})
    made = sample(synthesizer, 1024)['children']
    assert made.isna().mean() == pytest.approx(table['children'].isna().mean(), abs=0.01)
    assert set(made.dropna()) == {0.0, 1.0, 2.0, 3.0}


def test_crossed_groups_too_small_to_learn_are_named(hiring):
    table = hiring.assign(remote=hiring['remote'].where(hiring['sex'] == 'man', True))
    table.loc[table.index[table['sex'] == 'woman'][:2], 'remote'] = False
    synthesizer = small_synthesizer(sensitive_columns=['sex', 'remote'], epochs=1)
    with pytest.warns(UserWarning, match=r"'woman, False' \(n = 2\)"):
        synthesizer.fit({'hiring': table})


@pytest.mark.parametrize('rows', [25, 60])
def test_distillation_with_data_works_on_a_handful_of_rows(rows):
    synthesizer = small_synthesizer(distillation='with_data', epochs=2)
    synthesizer.fit({'hiring': hiring_table(rows)})
    assert len(sample(synthesizer, 50)) == 50


def test_losses_of_an_unfitted_synthesizer_are_refused():
    with pytest.raises(NotFittedError):
        small_synthesizer().get_loss_values()
    with pytest.raises(NotFittedError):
        small_synthesizer().get_loss_values_plot()


@pytest.mark.filterwarnings('ignore:Replacing the default transformer')
def test_a_transformer_that_hides_the_groups_is_refused(hiring):
    from rdt.transformers import OneHotEncoder

    synthesizer = small_synthesizer()
    synthesizer.auto_assign_transformers({'hiring': hiring})
    synthesizer.update_transformers({'sex': OneHotEncoder(), 'hobby': OneHotEncoder()})
    with pytest.raises(SynthesizerInputError, match="column 'sex' is transformed by OneHotEnc"):
        synthesizer.fit({'hiring': hiring})


@pytest.mark.filterwarnings('ignore:Replacing the default transformer')
def test_transformers_of_the_users_choice_work_for_other_columns(hiring):
    from rdt.transformers import FloatFormatter, OneHotEncoder, UniformEncoder

    synthesizer = small_synthesizer()
    synthesizer.auto_assign_transformers({'hiring': hiring})
    synthesizer.update_transformers(
        {
            'hobby': OneHotEncoder(),
            'skill': FloatFormatter(enforce_min_max_values=True, learn_rounding_scheme=True),
            'remote': UniformEncoder(),
        }
    )
    synthesizer.fit({'hiring': hiring})
    made = sample(synthesizer, 300)
    assert set(made['hobby']) == set(hiring['hobby'])
    assert made['skill'].between(hiring['skill'].min(), hiring['skill'].max()).all()


# -- the add-on ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    'first',
    [
        'sdv',
        'sdv.single_table',
        'rdt',
        'sdmetrics',
        'ctgan',
        'deepecho',
        'copulas',
        'sdv_fair4free',
        'sdv_fair4free.synthesizer',
        'sdv_fair4free.transformers',
        'sdv_fair4free.core.teacher',
    ],
)
def test_the_add_on_is_in_place_whatever_is_imported_first(first, tmp_path):
    script = (
        f'import {first}\n'
        'from sdv_fair4free import Fair4FreeSynthesizer as ours\n'
        'from sdv.single_table import Fair4FreeSynthesizer as placed\n'
        'from rdt.transformers import DatetimeTokenizer, QuantileTokenizer\n'
        'assert ours is placed\n'
    )
    subprocess.run(
        [sys.executable, '-W', 'error::UserWarning', '-c', script], check=True, cwd=tmp_path
    )


def test_generic_tools_can_build_it_from_metadata_alone(metadata):
    assert isinstance(metadata, Metadata)
    with pytest.warns(UserWarning, match='No fairness is applied'):
        assert Fair4FreeSynthesizer(metadata).get_parameters()['sensitive_columns'] is None
