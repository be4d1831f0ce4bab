"""What a plug-in provides may fail long after it was asked: it is named then, too."""

import pandas as pd
import pytest
import torch
from conftest import hiring_table
from plugged import Initial, answering, named_table, square_of_means
from rdt.errors import TransformerInputError
from sdv.sampling import Condition
from sdv.utils import load_synthesizer
from tiny import TINY, plugged_in, tiny_synthesizer

from sdv_fair4free import StudentConfig, TeacherConfig
from sdv_fair4free.choices import penalty_of
from sdv_fair4free.codecs import ColumnCodec
from sdv_fair4free.command import main
from sdv_fair4free.core.networks import Decoder
from sdv_fair4free.core.student import masked_student
from sdv_fair4free.core.training import NonFiniteLossError
from sdv_fair4free.plugins import PluginError
from sdv_fair4free.transformers import QuantileTokenizer

pytestmark = pytest.mark.filterwarnings('ignore:Real values may come back')


@pytest.fixture(scope='module')
def hiring():
    return hiring_table(600, seed=1)


# -- transformers of codecs ----------------------------------------------------------------------


class Failing(Initial):
    """Fails in one of its methods."""

    def __init__(self, where=None, error=None):
        super().__init__()
        self.where, self.error = where, error

    def _fail(self, where):
        if self.where == where:
            raise self.error

    def _fit(self, data):
        self._fail('fit')
        super()._fit(data)

    def _transform(self, data):
        self._fail('transform')
        return super()._transform(data)

    def _reverse_transform(self, data):
        self._fail('reverse_transform')
        return super()._reverse_transform(data)


def codecs(where=None, error=None):
    made = ColumnCodec(sdtypes=('first_name',), make=lambda name, described: Failing(where, error))
    return answering('column_codecs', {'initial': made})


NAMED = r"column 'name': codec 'initial' of plug-in 'Answering'"


@pytest.mark.parametrize('where', ['fit', 'transform'])
def test_a_codec_that_fails_in_a_fit_is_named(hiring, where):
    table, metadata = named_table(hiring)
    told = f"{NAMED} failed: KeyError: 'lost'"
    with (
        plugged_in(codecs(where, KeyError('lost'))),
        pytest.raises(PluginError, match=told) as caught,
    ):
        tiny_synthesizer(metadata).fit({'hiring': table})
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_codec_that_refuses_values_is_named_and_still_refuses(hiring):
    table, metadata = named_table(hiring)
    with (
        plugged_in(codecs('fit', TransformerInputError('too short'))),
        pytest.raises(TransformerInputError, match=f'{NAMED} refuses .*too short'),
    ):
        tiny_synthesizer(metadata).fit({'hiring': table})


def test_the_command_tells_of_values_that_a_codec_refuses(hiring, tmp_path, monkeypatch, capsys):
    table, metadata = named_table(hiring)
    monkeypatch.chdir(tmp_path)
    metadata.remove_column('since', 'hiring')
    table.drop(columns='since').to_csv('rows.csv', index=False)
    metadata.save_to_json('hiring.json')
    command = ['fit', '--data', 'rows.csv', '--metadata', 'hiring.json', '--sensitive', 'sex']
    command += ['--target', 'hired', '--output', 'model.pkl', '--quiet']
    with plugged_in(codecs('fit', TransformerInputError('too short'))):
        assert main(command) == 2
    said = capsys.readouterr().err
    assert 'too short' in said
    assert 'Traceback' not in said


def test_a_codec_that_fails_when_rows_are_sampled_is_named(hiring, tmp_path):
    table, metadata = named_table(hiring)
    with plugged_in(codecs()):
        synthesizer = tiny_synthesizer(metadata)
        synthesizer.fit({'hiring': table})
    assert type(synthesizer.get_transformers()['name']) is Failing
    synthesizer.save(str(tmp_path / 'saved.pkl'))
    for kept in (synthesizer, load_synthesizer(str(tmp_path / 'saved.pkl'))):
        transformers = kept._data_processor._hyper_transformer._transformers_sequence
        (used,) = (one for one in transformers if isinstance(one, Failing))
        used.where, used.error = 'reverse_transform', KeyError('lost')
        with pytest.raises(PluginError, match=f"{NAMED} failed: KeyError: 'lost'"):
            kept.sample(5)


def test_a_transformer_that_the_user_puts_in_its_place_is_not_the_plugins(hiring):
    table, metadata = named_table(hiring)
    with plugged_in(codecs()):
        synthesizer = tiny_synthesizer(metadata)
        synthesizer.auto_assign_transformers({'hiring': table})
        own = Failing('fit', KeyError('lost'))
        synthesizer.update_transformers({'name': own})
        assert synthesizer.get_transformers()['name'] is own
        with pytest.raises(KeyError, match='lost'):
            synthesizer.fit({'hiring': table})


def test_errors_of_other_columns_are_not_the_codecs(hiring):
    class Cracked(QuantileTokenizer):
        def _fit(self, data):
            raise KeyError('cracked')

    table, metadata = named_table(hiring)
    number = next(name for name in hiring if pd.api.types.is_float_dtype(hiring[name]))
    with plugged_in(codecs()):
        synthesizer = tiny_synthesizer(metadata)
        synthesizer.auto_assign_transformers({'hiring': table})
        synthesizer.update_transformers({number: Cracked()})
        with pytest.raises(KeyError, match='cracked'):
            synthesizer.fit({'hiring': table})


# -- penalties -----------------------------------------------------------------------------------


def not_a_number(z, s):
    return z.sum() * float('nan')


def endless_slope(z, s):
    """Finite, but its slope is not: the root of 0."""
    return (z - z).sum().sqrt()


@pytest.mark.parametrize(
    ('penalty', 'told'),
    [
        (not_a_number, r"'odd' of dependence_penalties.*must be finite, as z is"),
        (endless_slope, r"'odd' of dependence_penalties.*its slope in z is not finite"),
    ],
)
def test_a_penalty_that_is_not_finite_is_named(hiring, penalty, told):
    config = TeacherConfig(representation=TINY, decoder=TINY, dependence_penalty='odd')
    with (
        plugged_in(answering('dependence_penalties', {'odd': penalty})),
        pytest.raises(PluginError, match=f"'Answering' failed in {told}"),
    ):
        tiny_synthesizer(teacher=config).fit({'hiring': hiring})


def test_a_penalty_of_a_latent_that_has_gone_astray_is_not_to_blame():
    with plugged_in(answering('dependence_penalties', {'means': square_of_means})):
        penalty = penalty_of(TeacherConfig(dependence_penalty='means'))
        s = torch.tensor([[0.0], [0.0], [1.0], [1.0]])
        astray = torch.full((4, 2), float('nan'), requires_grad=True)
        value = penalty(astray, s)
        value.backward()
        assert value.isnan()
        z = torch.arange(8.0).view(4, 2).requires_grad_()
        (expected,) = torch.autograd.grad(square_of_means(z, s), z)
        penalty(z, s).backward()
    torch.testing.assert_close(z.grad, expected)


# -- networks ------------------------------------------------------------------------------------


class Breaking(Decoder):
    """Breaks, or says what is no number, once it is told to."""

    broken = None

    def forward(self, *args, **options):
        if self.broken == 'raise':
            raise KeyError('lost')
        said = super().forward(*args, **options)
        return said * float('nan') if self.broken == 'nan' else said


def network(broken=None):
    def build(teacher, config, generator):
        student = masked_student(teacher, config, generator)
        student.decoder.__class__, student.decoder.broken = Breaking, broken
        return student

    return answering('student_networks', {'odd': build})


STUDENT = StudentConfig(training=TINY, pool=1024, network='odd')


@pytest.mark.parametrize('distillation', ['data_free', 'with_data'])
@pytest.mark.parametrize(('broken', 'error'), [('raise', KeyError), ('nan', NonFiniteLossError)])
def test_a_network_that_fails_in_distillation_is_named(
    hiring, distillation, broken, error, tmp_path
):
    told = f"'Answering' failed in 'odd' of student_networks: {error.__name__}"
    with plugged_in(network(broken)):
        synthesizer = tiny_synthesizer(student=STUDENT, distillation=distillation)
        synthesizer.checkpoint_dir = tmp_path if broken == 'nan' else None
        with pytest.raises(PluginError, match=told) as caught:
            synthesizer.fit({'hiring': hiring})
    assert isinstance(caught.value.__cause__, error)


def test_a_network_that_fails_when_rows_are_drawn_is_named(hiring, tmp_path):
    class Unfoldable(torch.nn.Module):
        """Nothing that rows can be drawn from."""

    with plugged_in(network()):
        synthesizer = tiny_synthesizer(student=STUDENT)
        synthesizer.fit({'hiring': hiring})
        synthesizer.distill()
    synthesizer._model.student.decoder = Unfoldable()
    told = r"'Answering' failed in the drawing of rows from 'odd' of student_networks"
    with pytest.raises(PluginError, match=told):
        synthesizer.sample(5)
    with pytest.raises(PluginError, match=told):
        synthesizer.sample_from_conditions([Condition(num_rows=5, column_values={'hired': 'yes'})])


def test_a_network_that_is_built_in_is_not_blamed(hiring):
    synthesizer = tiny_synthesizer()
    synthesizer.fit({'hiring': hiring})
    synthesizer._model.student.decoder = None
    with pytest.raises(AttributeError):
        synthesizer.sample(5)
