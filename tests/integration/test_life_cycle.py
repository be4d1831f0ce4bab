"""SDV's habits: parameters, seeds, saving, refitting, progress, constraints, the add-on."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import hiring_metadata, hiring_table, sample_hiring, small_synthesizer
from sdv.cag import FixedCombinations, Inequality
from sdv.errors import (
    SynthesizerInputError,
)
from sdv.metadata import Metadata
from sdv.sampling import Condition
from sdv.utils import load_synthesizer

from sdv_fair4free import Fair4FreeSynthesizer, __version__
from sdv_fair4free.options import drawing_from_teacher


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
    assert sample_hiring(again, 200).equals(sample_hiring(fitted, 200))
    other = small_synthesizer(random_state=1)
    other.fit({'hiring': hiring_table()})
    assert not sample_hiring(other, 200).equals(sample_hiring(fitted, 200))


@pytest.mark.parametrize('random_state', [0, None])
def test_fitting_and_sampling_leave_the_global_streams_alone(hiring, random_state):
    synthesizer = small_synthesizer(random_state=random_state, epochs=2)
    processed = synthesizer.preprocess({'hiring': hiring})  # SDV's part moves numpy's stream
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    synthesizer.fit_processed_data(processed)
    synthesizer.sample(10)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == np.random.get_state()[1].tolist()  # noqa: NPY002


def test_samples_differ_until_sampling_is_reset(fitted):
    first = sample_hiring(fitted, 100)
    second = fitted.sample(100)['hiring']
    assert not first.drop(columns='person_id').equals(second.drop(columns='person_id'))
    assert sample_hiring(fitted, 100).equals(first)


def test_a_longer_sample_starts_with_the_shorter_one(fitted):
    modelled = ['sex', 'grade', 'remote', 'skill', 'bonus', 'hobby', 'since', 'hired']
    assert sample_hiring(fitted, 300)[modelled][:100].equals(sample_hiring(fitted, 100)[modelled])


def test_it_saves_and_loads_in_another_process(fitted, tmp_path):
    path = tmp_path / 'model.pkl'
    fitted.save(path)
    expected = sample_hiring(fitted, 50)
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


def test_a_refit_forgets_the_old_table(fitted, hiring):
    synthesizer = small_synthesizer()
    synthesizer.fit({'hiring': hiring.assign(hobby='chess')})
    synthesizer.fit({'hiring': hiring})
    assert sample_hiring(synthesizer, 100).equals(sample_hiring(fitted, 100))


def test_the_input_is_not_changed(hiring):
    before = hiring.copy(deep=True)
    small_synthesizer(epochs=1).fit({'hiring': hiring})
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
    small_synthesizer(epochs=2).fit({'hiring': hiring})
    assert capfd.readouterr() == ('', '')
    small_synthesizer(epochs=2, verbose=True).fit({'hiring': hiring})
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


def test_the_teacher_can_be_drawn_from_instead_of_the_student(fitted, undistilled):
    with drawing_from_teacher():
        teacher = sample_hiring(fitted, 200)
    assert not teacher.equals(sample_hiring(fitted, 200))
    assert sample_hiring(undistilled, 200).equals(teacher)


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
    made = sample_hiring(synthesizer, 300)
    assert (made['floor'] <= made['skill']).all()
    transformers = synthesizer._data_processor._hyper_transformer.field_transformers
    assert {type(transformers[name]).__name__ for name in ('sex', 'grade#hobby')} == {
        'CategoryEncoder'
    }


def test_a_constraint_that_removes_a_sensitive_column_is_refused_and_undone(hiring):
    synthesizer = small_synthesizer(epochs=1)
    with pytest.raises(SynthesizerInputError, match=r"replace 'sex' by columns of their own"):
        synthesizer.add_constraints(
            [FixedCombinations(column_names=['sex', 'hobby'], table_name='hiring')]
        )
    assert synthesizer.get_constraints() == []
    synthesizer.fit({'hiring': hiring})
    assert len(sample_hiring(synthesizer, 10)) == 10


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
