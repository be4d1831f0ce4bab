import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_table, sample_hiring, small_synthesizer
from sdv.errors import SynthesizerInputError
from sdv.metadata import Metadata

from sdv_fair4free import Fair4FreeSynthesizer, StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.handover.canaries import independent_rows
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.evidence import privacy_evidence
from sdv_fair4free.handover.findings import LIMITS, PrivacyEvidence

COLUMNS = [f'letter {place}' for place in range(6)]
GREEDY = TrainingConfig(
    epochs=40, width=64, depth=1, batch_size=64, learning_rate=1e-2, dropout=0.0, patience=1000
)
KEEN = TrainingConfig(
    epochs=25, width=128, depth=1, batch_size=256, learning_rate=1e-2, dropout=0.0, patience=1000
)


def letters(rows, seed):
    """Rows without any structure: whatever tells them apart was learnt by heart."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.choice(list('abcdef'), rows) for name in COLUMNS})


CANARIES = independent_rows(letters(100, 5), 15)
LEARNT = pd.concat([letters(105, 0), CANARIES], ignore_index=True)
STRANGERS = letters(300, 1)


@pytest.fixture(scope='module')
def overfit():
    """A student of a teacher that was given every chance to learn its few rows by heart."""
    columns = {name: {'sdtype': 'categorical'} for name in COLUMNS}
    synthesizer = Fair4FreeSynthesizer(
        Metadata.load_from_dict({'tables': {'letters': {'columns': columns}}}),
        sensitive_columns=COLUMNS[0],
        target_column=COLUMNS[1],
        teacher=TeacherConfig(
            representation=replace(GREEDY, epochs=5), decoder=GREEDY, held_out=0.0
        ),
        student=StudentConfig(training=KEEN, pool=4096, share=0.99),
    )
    synthesizer.fit({'letters': LEARNT})
    return synthesizer


def evidence_of(synthesizer, learnt=LEARNT, strangers=STRANGERS, **options):
    return privacy_evidence(synthesizer, {'letters': learnt}, {'letters': strangers}, **options)


@pytest.fixture(scope='module')
def leak(overfit):
    return evidence_of(overfit, canaries=CANARIES)


@pytest.fixture(scope='module')
def hiring_evidence(fitted):
    return privacy_evidence(
        fitted, {'hiring': hiring_table()}, {'hiring': hiring_table(400, seed=9)}, max_rows=300
    )


def test_a_student_that_learnt_rows_by_heart_is_found_out(leak):
    assert leak.generator == 'student'
    assert leak.white_box.low > 0.8
    assert leak.white_box.recognised > 0.1  # ten times as many as are wrongly accused
    assert leak.black_box.low > 0.55
    assert leak.closest.low > 0.55
    assert leak.closest.copies > 3 * leak.closest.holdout_copies


def test_distillation_alone_hides_nothing(overfit, leak):
    model = overfit._model
    try:
        overfit._model = replace(model, student=None)
        of_teacher = evidence_of(overfit)
    finally:
        overfit._model = model
    assert of_teacher.generator == 'teacher'
    # What its teacher learnt by heart, the student says by heart, without having seen a row.
    assert leak.white_box.auc > of_teacher.white_box.auc - 0.05


def test_other_rows_taken_for_the_training_rows_are_not_told_from_strangers(overfit):
    """Ten times, with others each time: of ten intervals of 95 % one or two may miss."""
    controls = [
        evidence_of(
            overfit, learnt=letters(300, 100 + k), strangers=letters(300, 200 + k), num_rows=300
        )
        for k in range(10)
    ]
    for name in ('white_box', 'black_box'):
        found = [getattr(control, name) for control in controls]
        assert sum(each.low < 0.5 < each.high for each in found) >= 8, name
        assert abs(np.mean([each.auc for each in found]) - 0.5) < 0.03
    # The interval of the closest rows is of the synthetic rows' chance, and not of the real ones'.
    middles = [(control.closest.low + control.closest.high) / 2 for control in controls]
    assert abs(np.mean(middles) - 0.5) < 0.03


def test_planted_canaries_are_exposed_and_others_are_not(overfit, leak):
    exposure = leak.canaries
    assert (exposure.canaries, exposure.planted, exposure.references) == (15, 15, 2000)
    assert exposure.expected + 2 < exposure.mean <= exposure.highest <= exposure.possible
    others = independent_rows(letters(100, 5), 100, random_state=7)
    control = evidence_of(overfit, canaries={'letters': others}).canaries
    assert control.planted <= 1
    assert abs(control.mean - control.expected) < 4 * 1.44 / 10  # its standard error, four times
    planted = evidence_of(overfit, canaries=pd.concat([CANARIES, others[:5]])).canaries
    assert (planted.canaries, planted.planted) == (20, 15)


def test_a_usual_fit_gives_away_far_less(leak, hiring_evidence):
    evidence = hiring_evidence
    assert evidence.training_rows == evidence.synthetic_rows == 1500
    assert evidence.holdout_rows == 400
    assert evidence.white_box.rows == evidence.black_box.rows == 300
    assert evidence.white_box.high < leak.white_box.low - 0.1
    assert evidence.black_box.low < 0.5 < evidence.black_box.high
    assert evidence.unmakeable_holdout_rows == 0
    assert evidence.canaries is None


def test_it_leaves_the_random_streams_and_the_tables_as_they_were(fitted):
    tables = {'hiring': hiring_table()}, {'hiring': hiring_table(60, seed=2)}
    sample_hiring(fitted, 50)
    expected = fitted.sample(50)['hiring']
    sample_hiring(fitted, 50)
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    privacy_evidence(fitted, *tables, canaries=hiring_table(3), draws=4, num_rows=50)
    assert fitted.sample(50)['hiring'].equals(expected)
    assert before == np.random.get_state()[1].tolist()  # noqa: NPY002
    assert tables[0]['hiring'].equals(hiring_table())


def test_the_seed_decides_and_nothing_else(fitted, hiring_evidence):
    tables = {'hiring': hiring_table()}, {'hiring': hiring_table(400, seed=9)}
    fitted.sample(7)  # where the stream stands does not matter
    assert privacy_evidence(fitted, *tables, max_rows=300) == hiring_evidence
    other = privacy_evidence(fitted, *tables, max_rows=300, random_state=1)
    assert other.black_box != hiring_evidence.black_box
    assert other.white_box != hiring_evidence.white_box


def test_strange_holdout_rows_are_counted(fitted):
    holdout = hiring_table(100, seed=4).astype({'hobby': object})
    holdout.loc[:9, 'hobby'] = 'chess'
    evidence = privacy_evidence(
        fitted, {'hiring': hiring_table()}, {'hiring': holdout}, draws=4, num_rows=100
    )
    assert (evidence.unmakeable_training_rows, evidence.unmakeable_holdout_rows) == (0, 10)
    assert any('10 of the 100 holdout rows have a value' in line for line in evidence.sentences())


def test_keys_are_not_needed_and_order_and_index_do_not_matter(fitted, hiring_evidence):
    columns = ['hired', *hiring_table().columns.drop(['person_id', 'hired'])]
    data, holdout = (
        table[columns].set_axis(table.index + 7, axis=0)
        for table in (hiring_table(), hiring_table(400, seed=9))
    )
    evidence = privacy_evidence(fitted, {'hiring': data}, {'hiring': holdout}, max_rows=300)
    assert evidence == hiring_evidence


@pytest.mark.parametrize('which', ['leak', 'hiring_evidence'])
def test_it_is_plain_json_and_back(which, request):
    evidence = request.getfixturevalue(which)
    text = json.dumps(evidence.to_dict(), allow_nan=False)
    assert PrivacyEvidence.from_dict(json.loads(text)) == evidence
    assert json.loads(text) == evidence.to_dict()
    assert json.loads(text)['limits'] == [*LIMITS]


@pytest.mark.parametrize(
    ('path', 'value'),
    [
        (('draws',), 0),
        (('generator',), 'oracle'),
        (('surprise',), 1),
        (('white_box', 'auc'), 1.5),
        (('white_box', 'surprise'), 1),
        (('closest', 'copies'), 'many'),
        (('closest', 'distance'), float('nan')),
        (('canaries', 'mean'), float('inf')),
    ],
)
def test_what_is_no_evidence_is_refused_by_name(leak, path, value):
    given = json.loads(json.dumps(leak.to_dict()))
    part = given
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(HandoverError, match=path[-1]):
        PrivacyEvidence.from_dict(given)


def test_the_sentences_say_what_was_found_and_what_is_not_promised(leak, hiring_evidence):
    told = ' '.join(leak.sentences())
    assert 'Distillation by itself guarantees nothing' in told
    assert 'No differential privacy is promised' in told
    assert 'not a proof' in told
    assert told.count('better than a coin') == 2
    assert f'{leak.white_box.auc:.1%} of the time' in told
    assert f'exposure is {leak.canaries.mean:.1f} bits' in told
    assert 'Canaries' not in ' '.join(hiring_evidence.sentences())


def test_every_problem_is_told_at_once(fitted):
    table = hiring_table(50)
    with pytest.raises(SynthesizerInputError) as caught:
        privacy_evidence(
            fitted,
            {'hirings': table},
            {'hiring': table.drop(columns='skill').rename(columns={'hobby': 'hobbies'})},
            canaries=table[:0],
            num_rows=0,
            max_rows=True,
            draws=0.5,
            random_state=-1,
        )
    told = str(caught.value)
    assert told.startswith('8 problems with the evidence of privacy')
    assert "data must be a dict of one table: {'hiring': DataFrame}" in told
    assert "holdout has no column 'hobby', which the synthesizer models." in told
    assert "Did you mean 'hobbies'?" in told
    assert "holdout has no column 'skill'" in told
    assert 'canaries has no rows' in told
    for name in ('num_rows=0', 'max_rows=True', 'draws=0.5', 'random_state=-1'):
        assert name in told


def test_a_holdout_that_is_no_holdout_is_refused(fitted):
    with pytest.raises(SynthesizerInputError, match='holdout is the same table as data'):
        privacy_evidence(fitted, {'hiring': hiring_table()}, {'hiring': hiring_table()})


def test_it_must_be_fitted():
    table = {'hiring': hiring_table(50)}
    with pytest.raises(SynthesizerInputError, match='fit it first'):
        privacy_evidence(small_synthesizer(), table, table)
