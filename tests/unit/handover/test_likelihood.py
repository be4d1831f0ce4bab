import itertools
import math

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import hiring_table, sample_hiring, small_plain, small_synthesizer
from sdv.cag import FixedCombinations, Inequality
from sdv.metadata import Metadata

from sdv_fair4free import StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.core.flow import ConditionalFlow
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.networks import reset_parameters
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.sensitive import SensitiveColumn, SensitiveLaw, SensitiveLayout
from sdv_fair4free.handover import likelihood
from sdv_fair4free.handover.attacks import row_scores
from sdv_fair4free.handover.likelihood import coded_rows, log_likelihoods

QUICK = TrainingConfig(epochs=2, width=16, depth=1, batch_size=128)


def random_generator(
    *, sees=True, carried=False, number=False, latent=2, x=(3, 2), y=(2,), scale=4.0
):
    """A generator with random weights, large enough for its probabilities to differ."""
    seed = torch.Generator().manual_seed(0)
    columns = (SensitiveColumn(size=2),)
    if number:
        spans = torch.tensor([[0.0, 0.5], [0.5, 1.0], [math.nan, math.nan]])
        columns += (SensitiveColumn(size=3, spans=spans),)
    layout = SensitiveLayout(columns=columns)
    schema = Schema(x=Layout.of(x), s=layout, y=Layout.of(y), latent=latent, decoder_sees_s=sees)
    law = SensitiveLaw(layout, torch.tensor([[0], [1]]), torch.tensor([0.3, 0.7]))
    reset_parameters(law, seed)
    observed = ConditionalFlow(latent, layout.width, seed) if carried else None
    generator = RowGenerator(
        schema, law, observed, width=16, depth=1, head_width=8, dropout=0.0, seed=seed
    )
    with torch.no_grad():
        for part in (generator.decoder, generator.plain_head, law.decoder):
            if part is not None:
                part.output.weight.mul_(scale)
    return generator


def every_row(generator):
    """Each combination of codes once; numbers in the middle of their token."""
    schema = generator.schema
    sizes = [*schema.x.sizes, *(column.size for column in schema.s.columns), *schema.y.sizes]
    codes = torch.tensor([*itertools.product(*map(range, sizes))])
    x, s, y = codes.split([len(schema.x.sizes), len(schema.s.columns), len(schema.y.sizes)], dim=1)
    return Rows(x=x, s=s, s_positions=torch.full(s.shape, 0.5), y=y)


@pytest.mark.parametrize('sees', [True, False])
@pytest.mark.parametrize('carried', [True, False])
def test_it_is_how_often_a_row_is_drawn_at_strength_0(sees, carried):
    generator = random_generator(sees=sees, carried=carried)
    rows, number = every_row(generator), 40_000
    likely = log_likelihoods(generator, rows, draws=1024).exp()
    drawn = generator.draw(number, Noise(generator.schema, 1), fairness_strength=0.0)
    found = torch.cat([drawn.x, drawn.s, drawn.y], dim=1)
    asked = torch.cat([rows.x, rows.s, rows.y], dim=1)
    share = torch.stack([(found == row).all(1).double().mean() for row in asked])
    error = (likely * (1 - likely) / number).sqrt()
    assert ((share - likely).abs() < 4 * error + 1e-3).all()
    assert likely.max() > 4 * likely.min()


@pytest.mark.parametrize('number', [False, True])
def test_the_probabilities_of_all_rows_add_up_to_one(number):
    generator = random_generator(number=number, carried=True)
    assert float(log_likelihoods(generator, every_row(generator), 16).exp().sum()) == pytest.approx(
        1, abs=1e-5
    )


def slow_log_likelihood(generator, rows, place, draws, seed):
    """Row by row, draw by draw, column by column."""
    schema = generator.schema
    points = torch.quasirandom.SobolEngine(schema.latent, scramble=True, seed=seed).draw(
        draws, dtype=torch.float64
    )
    one = torch.tensor([place])
    s_marks = rows.marks(schema.s, one)
    share = generator.law.shares[int(rows.s[place, 0])].double().log()
    total = 0.0
    for point in points:
        u = torch.special.ndtri(point)[None].float()
        u = generator.latents(u, s_marks, 0.0)
        log_p = 0.0
        for decoder, codes, context in (
            (generator.decoder, rows.x[one], generator.context(u, s_marks)),
            (generator.plain_head, rows.y[one], torch.cat([u, s_marks], dim=1)),
        ):
            logits = decoder(decoder.layout.at(codes), context)[0]
            for part, code in zip(logits.split(decoder.sizes), codes[0], strict=True):
                log_p += float(part.double().log_softmax(0)[int(code)])
        total += math.exp(log_p)
    return float(share) + math.log(total / draws)


def test_it_agrees_with_a_slow_reference(monkeypatch):
    generator = random_generator(carried=True)
    rows = every_row(generator)
    fast = log_likelihoods(generator, rows, draws=8, seed=3)
    with torch.no_grad():
        slow = [slow_log_likelihood(generator, rows, place, 8, 3) for place in range(len(rows.x))]
    np.testing.assert_allclose(fast.numpy(), slow, atol=1e-5)
    monkeypatch.setattr(likelihood, 'CELLS', 200)  # a row at a time
    np.testing.assert_allclose(log_likelihoods(generator, rows, 8, 3).numpy(), slow, atol=1e-5)


def test_crossings_that_are_never_made_have_no_chance():
    generator = random_generator()
    rows = every_row(generator)
    law = SensitiveLaw(generator.schema.s, torch.tensor([[1]]), torch.tensor([1.0]))
    generator.law = law
    unlikely = torch.isneginf(log_likelihoods(generator, rows, 4))
    assert torch.equal(unlikely, rows.s[:, 0] == 0)


def test_no_rows_have_no_likelihood():
    generator = random_generator()
    empty = torch.zeros(0, 1).long()
    rows = Rows(x=empty.repeat(1, 2), s=empty, s_positions=empty.float(), y=empty)
    assert log_likelihoods(generator, rows, 4).shape == (0,)


def test_of_one_column_it_is_the_log_of_the_share_that_is_sampled():
    table = pd.DataFrame({'letter': list('aaaabbc') * 60})
    metadata = Metadata.load_from_dict(
        {'tables': {'letters': {'columns': {'letter': {'sdtype': 'categorical'}}}}}
    )
    synthesizer = small_plain(metadata)
    synthesizer.fit({'letters': table})
    letters = pd.DataFrame({'letter': list('abc')})
    scores = row_scores(synthesizer, letters, draws=64, seed=0)
    shares = synthesizer.sample(8192)['letters']['letter'].value_counts(normalize=True)
    np.testing.assert_allclose(np.exp(scores), shares[list('abc')], atol=0.003)


def test_codes_are_those_of_the_fit_whatever_the_keys(fitted):
    table = hiring_table()
    processed = fitted._data_processor.transform(table)
    expected = fitted._model.encoding.rows(processed)
    coded = coded_rows(fitted, table.drop(columns='person_id'))
    assert coded.has_codes.all()
    for name in ('x', 's', 's_positions', 'y'):
        assert torch.equal(getattr(coded.rows, name), getattr(expected, name))


def test_what_the_fit_never_saw_has_no_chance_and_moves_nothing(fitted):
    table = hiring_table(200, seed=3)
    expected = row_scores(fitted, table, 8, 0)
    strange = table.astype({'hobby': object, 'grade': object})
    strange.loc[2, 'hobby'] = 'chess'
    strange.loc[5, 'grade'] = 'highest'
    strange.loc[7, 'skill'] = np.nan
    strange.loc[11, 'since'] = pd.NaT
    strange.loc[13, 'sex'] = None
    before = np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    sample = sample_hiring(fitted, 20)
    fitted.reset_sampling()
    scores = row_scores(fitted, strange, 8, 0)
    assert np.flatnonzero(np.isneginf(scores)).tolist() == [2, 5, 7, 11, 13]
    usual = np.isfinite(scores)
    np.testing.assert_allclose(scores[usual], expected[usual], atol=1e-5)
    assert fitted.sample(20)['hiring'].equals(sample)
    assert before[0] == np.random.get_state()[1].tolist()  # noqa: NPY002
    assert torch.equal(before[1], torch.get_rng_state())
    assert np.isneginf(row_scores(fitted, strange.iloc[[2]], 8, 0)).all()


def test_rows_pass_through_constraints():
    table = hiring_table(300)
    table['hobby'] = np.where(table['remote'], 'chess', table['hobby'])
    synthesizer = small_synthesizer(
        teacher=TeacherConfig(representation=QUICK, decoder=QUICK),
        student=StudentConfig(training=QUICK, pool=512),
    )
    synthesizer.add_constraints([FixedCombinations(column_names=['remote', 'hobby'])])
    synthesizer.fit({'hiring': table})
    strange = table[:40].copy()
    broken = [4, 9]
    strange.loc[broken, ['remote', 'hobby']] = [[True, 'knitting'], [False, 'chess']]
    before = strange.copy()
    scores = row_scores(synthesizer, strange, 8, 0)
    assert np.flatnonzero(np.isneginf(scores)).tolist() == broken
    pd.testing.assert_frame_equal(strange, before)


def test_few_rows_are_told_like_many_whatever_of_them_is_missing():
    """A constraint tells what is missing otherwise where nothing is."""
    rng = np.random.default_rng(0)
    table = hiring_table(300)[['sex', 'hired']]
    table['low'] = rng.normal(size=300)
    table['high'] = table['low'] + rng.exponential(size=300)
    table.loc[:40, 'low'] = np.nan
    columns = {key: {'sdtype': 'categorical'} for key in table}
    columns |= {key: {'sdtype': 'numerical'} for key in ['low', 'high']}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        teacher=TeacherConfig(representation=QUICK, decoder=QUICK),
        student=StudentConfig(training=QUICK, pool=512),
    )
    synthesizer.add_constraints([Inequality(low_column_name='low', high_column_name='high')])
    synthesizer.fit({'t': table})
    complete = table[table['low'].notna()]
    together = row_scores(synthesizer, table, 8, 0)[table['low'].notna()]
    assert np.isfinite(together).all()
    np.testing.assert_allclose(row_scores(synthesizer, complete, 8, 0), together)


def test_missing_is_missing_whatever_type_the_column_has():
    """A CSV file has no type for truth values of which some are missing."""
    table = hiring_table(300)[['sex', 'remote', 'hired']].astype({'remote': 'boolean'})
    table.loc[:80, 'remote'] = pd.NA
    columns = {name: {'sdtype': 'categorical'} for name in table}
    columns['remote'] = {'sdtype': 'boolean'}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        teacher=TeacherConfig(representation=QUICK, decoder=QUICK),
        student=StudentConfig(training=QUICK, pool=512),
    )
    synthesizer.fit({'t': table})
    plain = table.astype({'remote': object})
    plain['remote'] = plain['remote'].where(plain['remote'].notna(), np.nan)
    expected = row_scores(synthesizer, table, 8, 0)
    assert np.isfinite(expected).all()
    np.testing.assert_array_equal(row_scores(synthesizer, plain, 8, 0), expected)
