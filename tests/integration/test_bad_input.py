"""Bad parameters, tables and requests: all problems at once, and nothing half done."""

import numpy as np
import pytest
from conftest import hiring_table, sample_hiring, small_plain, small_synthesizer
from sdv.errors import (
    InvalidDataError,
    InvalidDataTypeError,
    NotFittedError,
    SamplingError,
    SynthesizerInputError,
)
from sdv.metadata import Metadata

from sdv_fair4free import Fair4FreeSynthesizer


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
    made = sample_hiring(
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
    made = sample_hiring(synthesizer, 1024)['children']
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
    assert len(sample_hiring(synthesizer, 50)) == 50


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
    made = sample_hiring(synthesizer, 300)
    assert set(made['hobby']) == set(hiring['hobby'])
    assert made['skill'].between(hiring['skill'].min(), hiring['skill'].max()).all()
