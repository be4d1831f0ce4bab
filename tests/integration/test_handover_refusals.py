"""What cannot be handed over without code is refused with the reason, and no file is written."""

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, small_synthesizer
from handed_over import STUDENT, TEACHER
from rdt.transformers import AnonymizedFaker, FloatFormatter
from sdv.cag import OneHotEncoding, SingleTableProgrammableConstraint
from sdv.errors import SamplingError
from sdv.metadata import Metadata

from sdv_fair4free.handover.errors import HandoverError


def test_what_cannot_be_data_is_refused_with_every_reason(tmp_path, hiring):
    synthesizer = small_synthesizer(teacher=TEACHER, student=STUDENT)
    with pytest.raises(SamplingError, match='not been fitted'):
        synthesizer.export(tmp_path / 'it')
    synthesizer.auto_assign_transformers({'hiring': hiring})
    synthesizer.update_transformers(
        {name: FloatFormatter(learn_rounding_scheme=True) for name in ('skill', 'bonus')}
    )
    synthesizer.fit({'hiring': hiring})
    with pytest.raises(HandoverError) as caught:
        synthesizer.export(tmp_path / 'it')
    assert "'skill'" in str(caught.value)
    assert "'bonus'" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_fakers_of_ones_own_are_refused(tmp_path, hiring):
    columns = hiring_metadata().to_dict()
    columns['tables']['hiring']['columns']['job'] = {'sdtype': 'job', 'pii': True}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict(columns), teacher=TEACHER, student=STUDENT
    )
    data = {'hiring': hiring[:300].assign(job='baker')}
    synthesizer.auto_assign_transformers(data)
    synthesizer.update_transformers({'job': AnonymizedFaker('lorem', 'word')})
    synthesizer.fit(data)
    with pytest.raises(HandoverError, match='job'):
        synthesizer.export(tmp_path / 'it')


def test_a_constraint_that_cannot_be_carried_over_is_refused_with_the_reason(tmp_path):
    rng = np.random.default_rng(0)
    one = rng.integers(0, 2, 300)
    table = pd.DataFrame(
        {
            'one': one,
            'other': 1 - one,
            'sex': rng.choice(['woman', 'man'], size=300),
            'hired': rng.choice(['yes', 'no'], size=300),
        }
    )
    numbers = {name: {'sdtype': 'numerical'} for name in ('one', 'other')}
    columns = numbers | {name: {'sdtype': 'categorical'} for name in ('sex', 'hired')}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        teacher=TEACHER,
        student=STUDENT,
    )
    synthesizer.add_constraints([OneHotEncoding(column_names=['one', 'other'])])
    synthesizer.fit({'t': table})
    with pytest.raises(HandoverError, match='OneHotEncoding is enforced among numbers'):
        synthesizer.export(tmp_path / 'it')
    assert not (tmp_path / 'it').exists()


class Odd(SingleTableProgrammableConstraint):
    def get_updated_metadata(self, metadata):
        return metadata

    def transform(self, data):
        return data

    def reverse_transform(self, transformed_data):
        return transformed_data

    def is_valid(self, synthetic_data):
        return pd.Series(True, index=synthetic_data.index)


@pytest.mark.filterwarnings('ignore:Rows that break Odd')
def test_a_constraint_that_is_code_is_refused(tmp_path, hiring):
    synthesizer = small_synthesizer(teacher=TEACHER, student=STUDENT)
    synthesizer.add_constraints([Odd()])
    synthesizer.fit({'hiring': hiring[:300]})
    with pytest.raises(HandoverError, match='is code'):
        synthesizer.export(tmp_path / 'it')


def test_without_a_student_there_is_none_to_export(tmp_path, hiring):
    synthesizer = small_synthesizer(teacher=TEACHER, distillation=None)
    synthesizer.fit({'hiring': hiring[:300]})
    with pytest.raises(HandoverError, match='distill a student first'):
        synthesizer.export(tmp_path / 'it')
