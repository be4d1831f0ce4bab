"""Rows given what is known of them have the law of free rows that happen to be so."""

import numpy as np
import pytest
import torch
from scipy import stats

from sdv_fair4free.core.evidence import Evidence, Known
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.networks import reset_parameters
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.particles import choose
from sdv_fair4free.core.posterior import ConditionalSampler
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.sensitive import SensitiveColumn, SensitiveLaw, SensitiveLayout

ROLES = {'x': (3, 2, 4, 3), 's': (2, 3, 5), 'y': (2,)}
FREE_ROWS = 400_000
NUMBER = 2
"""Place of the sensitive number; the two before it are categories."""


def random_generator(sees=True, seed=0, sharp=3.0, latent=2):
    """A generator that nobody has trained, with strong and arbitrary dependences."""
    start = torch.linspace(0, 0.8, 5)
    number = SensitiveColumn(size=5, spans=torch.stack([start, start + 0.2], dim=1))
    schema = Schema(
        x=Layout.of(ROLES['x']),
        s=SensitiveLayout(columns=(*SensitiveLayout.of(ROLES['s'][:2]).columns, number)),
        y=Layout.of(ROLES['y']),
        strata=(torch.arange(2),),
        latent=latent,
        decoder_sees_s=sees,
    )
    random = torch.Generator().manual_seed(seed)
    groups = torch.tensor([[0, 0], [0, 1], [0, 2], [1, 0], [1, 2]])  # nobody is (1, 1)
    law = SensitiveLaw(schema.s, groups, torch.tensor([0.3, 0.2, 0.1, 0.35, 0.05]))
    generator = RowGenerator(
        schema, law, None, width=32, depth=1, head_width=8, dropout=0.0, seed=random
    )
    decoders = [generator.decoder, generator.fair_head, generator.plain_head, law.decoder]
    with torch.no_grad():
        reset_parameters(law, random)
        for decoder in decoders:
            decoder.output.weight.normal_(generator=random).mul_(sharp / 3)
    return generator


@pytest.fixture(scope='module')
def generator():
    return random_generator()


@pytest.fixture(scope='module')
def free(generator):
    return generator.draw(FREE_ROWS, Noise(generator.schema, 7))


def evidence(rows, **known):
    """Evidence of rows that all have the codes named: ``x={1: 0}``, ``s``, ``y``."""
    return Evidence(
        rows=rows,
        **{
            role: {
                place: Known.of_codes(torch.full((rows,), code), ROLES[role][place])
                for place, code in codes.items()
            }
            for role, codes in known.items()
        },
    )


def given(generator, known, seed=0, strength=1.0):
    return ConditionalSampler(generator, known, strength).draw(torch.Generator().manual_seed(seed))


def as_known(drawn, **known):
    """(rows,) which rows have the codes named."""
    met = torch.ones(len(drawn.x), dtype=torch.bool)
    for role, codes in known.items():
        for place, code in codes.items():
            met &= getattr(drawn, role)[:, place] == code
    return met


def cells(drawn, rows=None):
    """(rows,) one number for all the codes of a row and the octant of its latent."""
    parts = [drawn.s, drawn.y, drawn.x, (drawn.u > 0).long()]
    sizes = [*ROLES['s'], *ROLES['y'], *ROLES['x'], *[2] * drawn.u.shape[1]]
    codes = torch.cat(parts, dim=1) if rows is None else torch.cat(parts, dim=1)[rows]
    return np.ravel_multi_index(codes.numpy().T, sizes)


def p_value(one, other):
    """Two samples of cells come from one law: chi-square, with rare cells together."""
    values, place = np.unique(np.concatenate([one, other]), return_inverse=True)
    table = np.stack(
        [np.bincount(part, minlength=len(values)) for part in np.split(place, [len(one)])]
    )
    few = table.sum(0) * len(one) / table.sum() < 5
    table = np.column_stack([table[:, ~few], table[:, few].sum(1)])
    return stats.chi2_contingency(table[:, table.sum(0) > 0]).pvalue


CASES = {
    'a group': {'s': {0: 1}},
    'a number': {'s': {NUMBER: 4}},
    'a group and a number': {'s': {1: 2, NUMBER: 0}},
    'the target': {'y': {0: 1}},
    'the first column': {'x': {0: 2}},
    'the last column': {'x': {3: 1}},
    'two columns': {'x': {1: 1, 3: 0}},
    'a bit of everything': {'s': {0: 0, NUMBER: 2}, 'y': {0: 0}, 'x': {2: 3}},
    'all columns': {'x': {0: 0, 1: 1, 2: 2, 3: 0}},
}


@pytest.mark.parametrize('known', CASES.values(), ids=CASES)
@pytest.mark.parametrize('rows', [40, 4000])
def test_rows_have_the_law_of_free_rows_that_happen_to_be_so(generator, free, known, rows):
    drawn = given(generator, evidence(rows, **known))
    assert as_known(drawn, **known).all()
    if rows > 40:
        assert p_value(cells(drawn), cells(free, as_known(free, **known))) > 1e-4


def test_each_of_many_questions_is_answered_by_its_own_law(generator, free):
    codes = torch.arange(12).repeat(400)
    first, third = codes % 3, codes // 3
    known = Evidence(rows=len(codes), x={0: Known.of_codes(first, 3), 2: Known.of_codes(third, 4)})
    drawn = given(generator, known)
    assert torch.equal(drawn.x[:, 0], first)
    assert torch.equal(drawn.x[:, 2], third)
    for code in range(12):
        mine = cells(drawn, codes == code)
        assert p_value(mine, cells(free, as_known(free, x={0: code % 3, 2: code // 3}))) > 1e-5


def test_rare_questions_asked_once_each_have_the_right_law_together(generator, free):
    asked = torch.randperm(FREE_ROWS, generator=torch.Generator().manual_seed(0))[:3000]
    wanted = free.x[asked]
    known = Evidence(
        rows=3000,
        x={place: Known.of_codes(wanted[:, place], size) for place, size in enumerate(ROLES['x'])},
    )
    drawn = given(generator, known)
    assert torch.equal(drawn.x, wanted)
    # The rest of a row given its columns has the law of the rest of the row they were taken from.
    assert p_value(cells(drawn), cells(free, asked)) > 1e-4


def test_a_set_of_values_is_a_question_too(generator, free):
    sets = torch.tensor([[True] * 4, [True, False, False, True]])
    known = Evidence(
        rows=4000,
        x={
            2: Known(
                sets=sets,
                of_row=torch.ones(4000, dtype=torch.int64),
                positions=torch.full((4000,), torch.nan),
            )
        },
    )
    drawn = given(generator, known)
    met = (free.x[:, 2] == 0) | (free.x[:, 2] == 3)
    assert p_value(cells(drawn), cells(free, met)) > 1e-4


@pytest.mark.parametrize('sees', [True, False])
@pytest.mark.parametrize('strength', [0.0, 0.5])
def test_questions_are_answered_at_every_strength_and_scope(sees, strength):
    generator = random_generator(sees, seed=1)
    free = generator.draw(FREE_ROWS, Noise(generator.schema, 7), strength)
    known = {'y': {0: 1}, 'x': {2: 1}}
    drawn = given(generator, evidence(4000, **known), strength=strength)
    assert p_value(cells(drawn), cells(free, as_known(free, **known))) > 1e-4


def test_a_column_that_is_nearly_a_function_of_another_is_answered():
    generator = random_generator(seed=2, sharp=30.0)
    free = generator.draw(FREE_ROWS, Noise(generator.schema, 7))
    shares = torch.bincount(free.x[:, 3], minlength=3) / FREE_ROWS
    rare = {'x': {3: int(torch.where(shares > 1e-3, shares, 1.0).argmin())}}
    drawn = given(generator, evidence(2000, **rare))
    assert p_value(cells(drawn), cells(free, as_known(free, **rare))) > 1e-5


def test_the_target_stays_independent_of_the_groups_asked_for(generator):
    half = torch.arange(8000) % 2
    drawn = given(generator, Evidence(rows=8000, s={0: Known.of_codes(half, 2)}))
    table = np.histogram2d(drawn.s[:, 0], drawn.y[:, 0], bins=(2, 2))[0]
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(generator):
    known = evidence(50, x={3: 1})
    one, same, other = (given(generator, known, seed) for seed in (0, 0, 1))
    assert torch.equal(one.x, same.x)
    assert torch.equal(one.u, same.u)
    assert not torch.equal(one.u, other.u)


def test_a_crossing_that_no_row_has_is_said_to_be_impossible(generator):
    groups = torch.tensor([[1, 1], [1, 2], [0, 1]])
    known = Evidence(
        rows=3,
        s={place: Known.of_codes(groups[:, place], size) for place, size in ((0, 2), (1, 3))},
    )
    assert ConditionalSampler(generator, known, 1.0).possible().tolist() == [False, True, True]


def test_positions_that_are_known_come_back(generator):
    positions = torch.tensor([0.25, torch.nan, 0.75])
    known = Known.of_codes(torch.tensor([1, -1, 2]), 5, positions)
    drawn = given(generator, Evidence(rows=3, s={NUMBER: known}))
    assert drawn.s_positions[[0, 2], NUMBER].tolist() == [0.25, 0.75]
    assert drawn.s[[0, 2], NUMBER].tolist() == [1, 2]


def test_parts_that_know_different_columns_are_joined():
    one, other = evidence(2, x={0: 2}, y={0: 1}), evidence(3, x={0: 1, 3: 0})
    both = Evidence.joined([one, other])
    assert both.rows == 5
    assert both.x[0].allowed().long().argmax(1).tolist() == [2, 2, 1, 1, 1]
    assert both.x[3].allowed().sum(1).tolist() == [3, 3, 1, 1, 1]
    assert both.y[0].allowed().sum(1).tolist() == [1, 1, 2, 2, 2]
    assert len(torch.unique(both.questions())) == 2


def test_what_steers_a_draw_is_made_up_for_by_its_weight():
    random = torch.Generator().manual_seed(0)
    logits = torch.tensor([[0.0, 1.0, 2.0]]).expand(200_000, 3)
    hint = torch.tensor([[3.0, 0.0, -2.0]]).expand(200_000, 3)
    allowed = torch.tensor([[True, True, False]]).expand(200_000, 3)
    codes, log_weight = choose(logits, torch.rand(200_000, generator=random), allowed, hint)
    weight = log_weight.exp().double()
    shares = torch.stack([weight[codes == code].sum() for code in range(3)]) / len(codes)
    expected = logits[0].softmax(0).double() * torch.tensor([1.0, 1.0, 0.0])
    assert shares.numpy() == pytest.approx(expected.numpy(), abs=0.005)
