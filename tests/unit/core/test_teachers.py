"""A teacher is decided by its seed, holds no row, and is trained under every criterion."""

from dataclasses import replace

import pytest
import torch
from taught import STUDENT, TEACHER, real_rows, schema, teach, weights_of

from sdv_fair4free.core.criteria import CRITERIA, Criterion
from sdv_fair4free.core.dependence import distance_covariance
from sdv_fair4free.core.distill import distill
from sdv_fair4free.core.noise import Noise


def test_the_same_seed_gives_the_same_teacher_bit_for_bit(teacher):
    assert torch.equal(weights_of(teach(schema()).generator), weights_of(teacher.generator))
    other = teach(schema(), seed=1)
    assert not torch.equal(weights_of(other.generator), weights_of(teacher.generator))


def test_a_teacher_holds_no_row(teacher):
    rows = len(real_rows(schema()))
    for module in (teacher.generator, teacher.encoder):
        assert all(rows not in tensor.shape for tensor in module.state_dict().values())


def test_training_leaves_the_global_stream_alone():
    before = torch.get_rng_state()
    found = teach(schema())
    distill(found.generator, config=STUDENT, generator=torch.Generator().manual_seed(0))
    assert torch.equal(before, torch.get_rng_state())


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


def test_a_criterion_that_compares_nobody_here_is_refused(monkeypatch):
    """With more outcomes, say, its masks would have rows: it is not at fault alone."""
    rare = Criterion(balanced=True, masks=lambda strata, favourable, _: [strata > 5])
    monkeypatch.setitem(CRITERIA, 'rare', rare)
    with pytest.raises(
        ValueError, match=r'compares no rows of this table.*rows each.*another criterion'
    ):
        teach(schema(), 'rare')
