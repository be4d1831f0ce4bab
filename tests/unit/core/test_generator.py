import pickle
from dataclasses import replace

import pytest
import torch
from scipy import stats

from sdv_fair4free.core.config import StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.core.criteria import CRITERIA
from sdv_fair4free.core.dependence import distance_covariance
from sdv_fair4free.core.distill import distill, distill_with_data
from sdv_fair4free.core.generator import CHUNK, RowGenerator, at_rest
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.noise import MOST_COLUMNS, Noise
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.schema import Drawn, Schema
from sdv_fair4free.core.sensitive import SensitiveLaw, SensitiveLayout
from sdv_fair4free.core.teacher import fit_teacher

TRAINING = TrainingConfig(epochs=3, width=32, depth=1, batch_size=256)
TEACHER = TeacherConfig(representation=TRAINING, decoder=TRAINING)
STUDENT = StudentConfig(training=TRAINING, pool=2048)


def schema(classes=2, sees=True, x=(4, 3, 5), s=(2, 3)):
    y = (classes,) if classes else ()
    return Schema(
        x=Layout.of(x),
        s=SensitiveLayout.of(s),
        y=Layout.of(y),
        strata=tuple(torch.arange(size) for size in y),
        latent=max(classes - 1, 0),
        decoder_sees_s=sees,
    )


def real_rows(shape, rows=1200, seed=0):
    """x[0] drives y; so does the first sensitive column; x[1] is its proxy."""
    noise = torch.Generator().manual_seed(seed)
    s = [torch.randint(column.size, (rows,), generator=noise) for column in shape.s.columns]
    x = [torch.randint(size, (rows,), generator=noise) for size in shape.x.sizes]
    group = s[0] if s else torch.zeros(rows).long()
    if len(x) > 1:
        swap = torch.rand(rows, generator=noise) < 0.8
        x[1] = torch.where(swap, group % shape.x.sizes[1], x[1])
    y = []
    for classes in shape.y.sizes:
        luck = torch.rand(rows, generator=noise)
        skill = x[0] / 3 if x else luck
        y.append(((skill + group + luck) / 3 * classes).long().clamp(max=classes - 1))
    empty = torch.zeros(rows, 0).long()
    return Rows(
        x=torch.stack(x, 1) if x else empty,
        s=torch.stack(s, 1) if s else empty,
        s_positions=torch.zeros(rows, len(s)),
        y=torch.stack(y, 1) if y else empty,
    )


def teach(shape, criterion='demographic_parity', seed=0, rows=None, config=TEACHER):
    return fit_teacher(
        rows or real_rows(shape),
        shape,
        criterion=CRITERIA[criterion],
        favourable=1,
        config=config,
        generator=torch.Generator().manual_seed(seed),
    )


def weights_of(module):
    return torch.cat([weight.flatten() for weight in module.state_dict().values()])


@pytest.fixture(scope='module')
def teacher():
    return teach(schema())


def test_the_same_seed_gives_the_same_teacher_bit_for_bit(teacher):
    assert torch.equal(weights_of(teach(schema()).generator), weights_of(teacher.generator))
    other = teach(schema(), seed=1)
    assert not torch.equal(weights_of(other.generator), weights_of(teacher.generator))


def test_a_student_is_fitted_after_the_rows_are_destroyed(teacher):
    first, _ = distill(
        teacher.generator, config=STUDENT, generator=torch.Generator().manual_seed(5)
    )
    rows = real_rows(schema())
    again = teach(schema(), rows=rows)
    for tensor in (rows.x, rows.s, rows.y, again.u):
        tensor.fill_(-1)
    generator = again.generator
    del rows, again
    second, _ = distill(generator, config=STUDENT, generator=torch.Generator().manual_seed(5))
    assert torch.equal(weights_of(first), weights_of(second))


def test_a_teacher_holds_no_row(teacher):
    rows = len(real_rows(schema()))
    for module in (teacher.generator, teacher.encoder):
        assert all(rows not in tensor.shape for tensor in module.state_dict().values())


def test_distilling_changes_no_weight_of_the_teacher(teacher):
    before = weights_of(teacher.generator).clone()
    distill(teacher.generator, config=STUDENT, generator=torch.Generator().manual_seed(5))
    assert torch.equal(before, weights_of(teacher.generator))


def test_a_student_has_at_most_its_share_of_the_weights(teacher):
    for share in (0.5, 0.3):
        config = StudentConfig(training=TRAINING, pool=2048, share=share)
        student, _ = distill(
            teacher.generator, config=config, generator=torch.Generator().manual_seed(5)
        )
        assert student.parameter_count() <= share * teacher.generator.parameter_count()


@pytest.mark.parametrize('with_data', [False, True])
def test_a_student_of_half_precision_is_stored_as_it_is_in_memory(teacher, with_data):
    def student(precision):
        config = replace(STUDENT, precision=precision)
        generator = torch.Generator().manual_seed(5)
        if not with_data:
            return distill(teacher.generator, config=config, generator=generator)[0]
        return distill_with_data(
            teacher.generator,
            real_rows(schema()),
            teacher.u,
            lambda index: [torch.ones_like(index, dtype=torch.bool)],
            config=config,
            generator=generator,
        )[0]

    single, half = student('single'), student('half')
    assert not torch.equal(weights_of(half), weights_of(single))
    assert torch.allclose(weights_of(half), weights_of(single), rtol=1e-3, atol=1e-6)
    assert half.weight_bytes() == 2 * half.parameter_count()
    assert 3.9 * single.parameter_count() < single.weight_bytes() <= 4 * single.parameter_count()
    for weights in half.parameters():
        assert weights.dtype == torch.float32
        stored = at_rest(weights)
        assert stored.dtype == torch.float16
        assert torch.equal(stored.float(), weights)


@pytest.mark.parametrize('with_data', [False, True])
def test_a_student_comes_closer_to_its_teacher_than_it_began(teacher, with_data):
    generator = torch.Generator().manual_seed(5)
    config = StudentConfig(training=TrainingConfig(epochs=8, width=32), pool=4096, share=1.0)
    if with_data:
        rows = real_rows(schema())
        _, history = distill_with_data(
            teacher.generator,
            rows,
            teacher.u,
            lambda index: [torch.ones_like(index, dtype=torch.bool)],
            config=config,
            generator=generator,
        )
        assert {'columns', 'target', 'quality'} <= {record.term for record in history}
    else:
        _, history = distill(teacher.generator, config=config, generator=generator)
    losses = [record.held_out_loss for record in history if record.term == 'columns']
    assert 0 <= min(losses) < losses[0] / 2  # a divergence is never negative


def test_training_leaves_the_global_stream_alone():
    before = torch.get_rng_state()
    found = teach(schema())
    distill(found.generator, config=STUDENT, generator=torch.Generator().manual_seed(0))
    assert torch.equal(before, torch.get_rng_state())


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


@pytest.mark.parametrize('criterion', list(CRITERIA))
def test_every_criterion_trains_and_names_its_terms(criterion):
    found = teach(schema(), criterion)
    terms = {record.term for record in found.history}
    assert {'target', 'reconstruction', 'divergence', 'columns', 'plain target'} <= terms
    stages = {record.stage for record in found.history}
    assert ('columns hidden' in stages) == CRITERIA[criterion].balanced
    assert 'dependence' not in terms  # maps do the work


@pytest.mark.parametrize('transport', ['pooled', None])
def test_where_no_map_makes_it_fair_the_penalty_does(transport):
    config = replace(TEACHER, transport=transport)
    found = teach(schema(), config=config)
    assert 'dependence' in {record.term for record in found.history}


@pytest.mark.parametrize(
    'shape',
    [
        schema(x=()),
        schema(x=(1,)),
        schema(s=(), classes=0),
        schema(classes=0, sees=False),
        schema(x=(2,) * 40),
    ],
    ids=['only roles', 'constant', 'no fairness', 'no target', 'more columns than units'],
)
def test_unusual_shapes_are_fitted_distilled_and_drawn(shape):
    found = teach(shape, rows=real_rows(shape, rows=300))
    student, _ = distill(
        found.generator, config=STUDENT, generator=torch.Generator().manual_seed(0)
    )
    drawn = student.draw(100, Noise(shape, 0))
    assert drawn.x.shape == (100, len(shape.x.sizes))
    assert drawn.s.shape == (100, len(shape.s.columns))
    for column, size in enumerate(shape.x.sizes):
        assert int(drawn.x[:, column].max()) < size


@pytest.mark.parametrize('rows', [1, 2, 5])
def test_a_handful_of_rows_is_enough_to_run(rows):
    shape = schema(s=(), classes=0)
    found = teach(shape, rows=real_rows(shape, rows=rows))
    assert len(found.generator.draw(10, Noise(shape, 0)).x) == 10


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


@pytest.mark.parametrize('classes', [2, 3])
def test_the_criterion_takes_from_the_latent_what_it_tells_of_the_group_within_each_class(classes):
    shape = schema(classes=classes)
    rows = real_rows(shape, rows=4000)
    found = teach(shape, 'equalized_odds', rows=rows)
    z = found.encoder.encode(rows)
    group, y = rows.s[:, :1].float(), rows.y[:, 0]
    before, after = (
        sum(
            float(distance_covariance(latent[y == k][:1000], group[y == k][:1000]))
            for k in range(classes)
        )
        for latent in (z / z.std(0), found.u)
    )
    assert after < before / 3


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


def test_the_state_of_noise_holds_no_more_than_is_pending(teacher):
    noise = Noise(schema(), 0)
    noise.draw(5)
    pending = noise.get_state()['pending']
    assert pending.untyped_storage().nbytes() == pending.nbytes


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
