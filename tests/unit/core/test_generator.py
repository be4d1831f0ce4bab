"""Rows that a generator draws: independent of the group as far as asked, decided by their noise."""

import pickle

import pytest
import torch
from scipy import stats
from taught import real_rows, schema, teach

from sdv_fair4free.core.criteria import CRITERIA
from sdv_fair4free.core.generator import CHUNK, RowGenerator
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.noise import MOST_COLUMNS, Noise
from sdv_fair4free.core.schema import Drawn, Schema
from sdv_fair4free.core.sensitive import SensitiveLaw


@pytest.mark.parametrize('classes', [2, 4])
def test_the_target_does_not_depend_on_the_group_at_strength_1(classes):
    found = teach(schema(classes=classes))
    drawn = found.generator.draw(20_000, Noise(found.generator.schema, 0), fairness_strength=1.0)
    biased = found.generator.draw(20_000, Noise(found.generator.schema, 0), fairness_strength=0.0)

    def spread(rows):
        shares = torch.stack(
            [
                torch.bincount(rows.y[rows.s[:, 0] == group, 0], minlength=classes).double()
                / (rows.s[:, 0] == group).sum()
                for group in range(2)
            ]
        )
        return float((shares[0] - shares[1]).abs().max())

    assert spread(drawn) < 0.01  # independent draws would scatter by about that much
    assert spread(biased) > 0.1


def test_scope_all_makes_every_column_independent_of_the_group():
    found = teach(schema(sees=False))
    drawn = found.generator.draw(20_000, Noise(found.generator.schema, 0))
    proxy = [drawn.x[drawn.s[:, 0] == group, 1].double().mean() for group in range(2)]
    assert abs(float(proxy[0] - proxy[1])) < 0.05
    seen = teach(schema()).generator.draw(20_000, Noise(schema(), 0))
    proxy = [seen.x[seen.s[:, 0] == group, 1].double().mean() for group in range(2)]
    assert abs(float(proxy[0] - proxy[1])) > 0.4


def test_groups_appear_with_the_shares_asked_for(teacher):
    generator = teacher.generator
    groups = generator.law.groups
    wanted = torch.zeros(len(groups))
    wanted[0], wanted[-1] = 1.0, 3.0
    drawn = generator.draw(4000, Noise(schema(), 0), group_shares=wanted)
    first = (drawn.s == groups[0]).all(1).float().mean()
    last = (drawn.s == groups[-1]).all(1).float().mean()
    assert first.item() == pytest.approx(0.25, abs=0.002)
    assert last.item() == pytest.approx(0.75, abs=0.002)


def test_the_place_of_a_row_tells_nothing_about_it(teacher):
    drawn = teacher.generator.draw(4096, Noise(schema(), 0))
    for values in (drawn.s[:, 0].double(), drawn.y[:, 0].double()):
        centred = values - values.mean()
        for lag in (1, 2, 3, 4, 8, 16):
            correlation = (centred[lag:] * centred[:-lag]).mean() / centred.square().mean()
            assert abs(float(correlation)) < 4 / 4096**0.5
        strided = torch.stack([values[start::4].mean() for start in range(4)])
        assert float(strided.max() - strided.min()) < 0.08


@pytest.mark.parametrize('strength', [1.0, 0.5, 0.0])
def test_scope_all_hides_the_group_at_every_strength_of_every_criterion(strength):
    shape = schema(sees=False)
    drawn = teach(shape, 'equalized_odds').generator.draw(8000, Noise(shape, 0), strength)
    for column in range(3):
        table = torch.zeros(2, 5).index_put_(
            (drawn.s[:, 0], drawn.x[:, column]), torch.ones(8000), accumulate=True
        )
        assert stats.chi2_contingency(table[:, table.sum(0) > 0]).pvalue > 0.01


def test_at_strength_0_the_table_is_as_it_was_under_every_criterion():
    rows = real_rows(schema(), rows=3000)

    def rates(y, s):
        return [float((y[s == group, 0] == 1).double().mean()) for group in range(2)]

    for criterion in CRITERIA:
        found = teach(schema(), criterion, rows=rows)
        drawn = found.generator.draw(8000, Noise(schema(), 0), fairness_strength=0.0)
        assert rates(drawn.y, drawn.s[:, 0]) == pytest.approx(rates(rows.y, rows.s[:, 0]), abs=0.08)


def test_rows_are_the_same_however_many_processors_draw_them(teacher):
    before, drawn = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            noise = Noise(teacher.generator.schema, 3)
            drawn += [teacher.generator.draw(2 * CHUNK + 5, noise)]
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    for other in drawn[1:]:
        assert all(
            torch.equal(value, getattr(other, name)) for name, value in vars(drawn[0]).items()
        )


def test_a_sample_of_no_rows_has_their_columns(teacher):
    drawn = teacher.generator.draw(0, Noise(schema(), 0))
    assert [drawn.x.shape, drawn.s.shape, drawn.y.shape] == [(0, 3), (0, 2), (0, 1)]


def test_a_longer_sample_starts_with_the_shorter_one(teacher):
    short = teacher.generator.draw(100, Noise(schema(), 3))
    long = teacher.generator.draw(300, Noise(schema(), 3))
    for name in Drawn.__dataclass_fields__:
        assert torch.equal(getattr(long, name)[:100], getattr(short, name))


def test_a_generator_can_be_moved_and_its_state_loaded(teacher):
    generator = teacher.generator
    twin = RowGenerator(
        generator.schema,
        SensitiveLaw(generator.schema.s, generator.law.groups, generator.law.shares),
        None,
        width=32,
        depth=1,
        head_width=32,
        dropout=0.0,
        seed=torch.Generator(),
    )
    twin.load_state_dict(generator.state_dict())
    assert torch.equal(
        twin.draw(50, Noise(schema(), 0)).x, generator.draw(50, Noise(schema(), 0)).x
    )


def test_noise_repeats_by_seed_and_goes_on_after_pickling():
    noise = Noise(schema(classes=3), seed=7)
    first = noise.draw(10, cells=3)
    copy = pickle.loads(pickle.dumps(noise))
    for made, copied in zip(noise.draw(5, cells=3), copy.draw(5, cells=3), strict=True):
        assert torch.equal(made, copied)
    noise.seed(7)
    for made, again in zip(first, noise.draw(10, cells=3), strict=True):
        assert torch.equal(made, again)


@pytest.mark.parametrize('columns', [3, MOST_COLUMNS + 5])
def test_noise_is_uniform_and_uncorrelated_and_starts_alike(columns):
    shape = Schema(x=Layout.of([2] * columns), y=Layout.of([2]), latent=1)
    drawn = Noise(shape, seed=1).draw(4096, cells=2)
    u = torch.special.ndtr(drawn.u)
    points = torch.cat([drawn.group[:, None], u, drawn.targets, drawn.columns, drawn.cells], 1)
    assert points.shape[1] == 1 + 1 + 1 + columns + 2
    assert points.min() >= 0
    assert points.max() < 1
    assert (points.mean(0) - 0.5).abs().max() < 0.02
    correlated = torch.corrcoef(points.T) - torch.eye(points.shape[1])
    assert correlated.abs().max() < 0.08
    short = Noise(shape, seed=1).draw(100, cells=2)
    for long, start in zip(drawn, short, strict=True):
        assert torch.equal(long[:100], start)


def test_columns_of_a_pair_fall_nearer_to_their_shares_than_independent_draws_would():
    noise = Noise(Schema(x=Layout.of([2, 2, 2]), latent=1), seed=0)
    both = (noise.draw(4096).columns[:, :2] < 0.5).all(1).double().mean()
    assert both == pytest.approx(0.25, abs=0.002)  # independent draws: a spread of .007


def test_the_state_of_noise_holds_no_more_than_is_pending(teacher):
    noise = Noise(schema(), 0)
    noise.draw(5)
    pending = noise.get_state()['pending']
    assert pending.untyped_storage().nbytes() == pending.nbytes
