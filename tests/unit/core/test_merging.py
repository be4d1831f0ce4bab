import pytest
import torch

from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.merging import Merge, merged_generator
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.sensitive import SensitiveLaw, SensitiveLayout
from sdv_fair4free.core.shape import GeneratorShape

ROWS = 4000


def schema(x, s, sees=True):
    return Schema(
        x=Layout.of(x),
        s=SensitiveLayout.of(s),
        y=Layout.of((2,)),
        strata=(torch.arange(2),),
        latent=1,
        decoder_sees_s=sees,
    )


def generator(shape, counts):
    groups = torch.arange(len(counts))[:, None]
    law = SensitiveLaw(shape.s, groups, counts / counts.sum())
    seed = torch.Generator().manual_seed(3)
    made = RowGenerator(shape, law, None, width=24, depth=2, head_width=8, dropout=0.0, seed=seed)
    for weight in made.parameters():  # as after training: no weight is small by design
        torch.nn.init.normal_(weight, std=0.3, generator=seed)
    return made


def alike(weights, of, others, shares):
    """Make categories alike but for how often they occur."""
    for other, share in zip(others, shares, strict=True):
        weights.data[other] = weights.data[of] + share


@pytest.mark.parametrize('sees', [True, False])
def test_categories_that_are_alike_are_drawn_as_often_after_merging(sees):
    """Codes 1, 2 and 3 of column 0 differ by how often they occur, and by nothing else."""
    old = generator(schema((4, 3), (2,), sees), torch.tensor([6.0, 4.0]))
    shares = torch.tensor([0.5, 0.3, 0.2])
    alike(old.decoder.table.own, 1, [2, 3], [0.0, 0.0])
    alike(old.decoder.output.weight, 1, [2, 3], [0.0, 0.0])
    pairs = old.decoder.direct.table().detach()
    pairs[2:4] = pairs[1]
    old.decoder.direct.take(pairs)
    start = old.decoder.output.bias.data[1].clone()
    old.decoder.output.bias.data[1:4] = start + shares.log()
    merge = Merge.of(torch.tensor([0, 1, 1, 1]), torch.tensor([100, 5, 3, 2]))
    new = merged_generator(
        old,
        schema((2, 3), (2,), sees),
        [merge, Merge.nothing(3)],
        [Merge.nothing(2)],
        [Merge.nothing(2)],
        old.law.groups,
        old.law.shares,
    )
    u, s = torch.randn(ROWS, 1), torch.randint(2, (ROWS, 1))
    marks = old.schema.s.marks(s, torch.zeros(ROWS, 1))
    codes = torch.stack([torch.randint(4, (ROWS,)), torch.randint(3, (ROWS,))], dim=1)
    before = old.decoder.probabilities(old.decoder(old.schema.x.at(codes), old.context(u, marks)))
    codes[:, 0] = merge.into[codes[:, 0]]
    after = new.decoder.probabilities(new.decoder(new.schema.x.at(codes), new.context(u, marks)))
    assert torch.allclose(before[:, 0], after[:, 0], atol=1e-5)
    assert torch.allclose(before[:, 1:4].sum(1), after[:, 1], atol=1e-5)
    assert torch.allclose(before[:, 4:], after[:, 2:], atol=1e-5)


def test_groups_that_are_alike_are_treated_alike_after_merging():
    shape = schema((3, 4), (3,))
    old = generator(shape, torch.tensor([50.0, 3.0, 1.0]))
    for weights in (old.decoder.context.weight, old.plain_head.context.weight):
        weights.data[:, 3] = weights.data[:, 2]  # after the latent come the marks of the groups
    merge = Merge.of(torch.tensor([0, 1, 1]), torch.tensor([50, 3, 1]))
    new = merged_generator(
        old,
        schema((3, 4), (2,)),
        [Merge.nothing(3), Merge.nothing(4)],
        [merge],
        [Merge.nothing(2)],
        torch.tensor([[0], [1]]),
        torch.tensor([50.0, 4.0]) / 54,
    )
    rows = [made.draw(ROWS, Noise(made.schema, 5), 0.3) for made in (old, new)]
    assert torch.equal(merge.into[rows[0].s], rows[1].s)
    assert torch.equal(rows[0].x, rows[1].x)
    assert torch.equal(rows[0].y, rows[1].y)


def test_codes_in_another_order_have_the_same_law():
    """Of columns, groups and targets: every probability is found again where its code went."""
    old = generator(schema((4, 3), (3,)), torch.tensor([6.0, 4.0, 2.0]))
    x, s, y = (
        Merge.nothing(len(order)).ordered(torch.tensor(order))
        for order in ([2, 0, 3, 1], [1, 2, 0], [1, 0])
    )
    counts = old.law.shares[s.into.argsort()]
    new = merged_generator(
        old, schema((4, 3), (3,)), [x, Merge.nothing(3)], [s], [y], old.law.groups, counts
    )
    u, group = torch.randn(ROWS, 1), torch.randint(3, (ROWS, 1))
    codes = torch.stack([torch.randint(4, (ROWS,)), torch.randint(3, (ROWS,))], dim=1)
    moved = torch.stack([x.into[codes[:, 0]], codes[:, 1]], dim=1)
    told = []
    for made, at, of in ((old, codes, group), (new, moved, s.into[group])):
        marks = made.schema.s.marks(of, torch.zeros(ROWS, 1))
        of_x = made.decoder(made.schema.x.at(at), made.context(u, marks))
        hidden = torch.zeros(ROWS, 1, dtype=torch.int64)
        heads = [
            head.probabilities(
                head(hidden, torch.cat([u, marks], 1)[:, : head.context.in_features])
            )
            for head in (made.fair_head, made.plain_head)
        ]
        told.append((made.decoder.probabilities(of_x), *heads))
    before, after = told
    order = torch.cat([x.into, torch.arange(4, 7)])
    assert torch.allclose(before[0], after[0][:, order], atol=1e-6)
    for head in (1, 2):
        assert torch.allclose(before[head], after[head][:, y.into], atol=1e-6)


def test_merged_weights_hold_nothing_of_one_rare_category():
    """The weights of a merged category are a mean: no row of the old ones is left."""
    old = generator(schema((5, 3), (2,)), torch.tensor([6.0, 4.0]))
    merge = Merge.of(torch.tensor([0, 1, 2, 2, 2]), torch.tensor([50, 40, 1, 2, 1]))
    new = merged_generator(
        old,
        schema((3, 3), (2,)),
        [merge, Merge.nothing(3)],
        [Merge.nothing(2)],
        [Merge.nothing(2)],
        old.law.groups,
        old.law.shares,
    )
    for name in ('table.own', 'output.weight'):
        before = old.decoder.get_parameter(name)[2:5]
        after = new.decoder.get_parameter(name)
        assert (before[:, None] - after[None]).abs().amax(2).min() > 0.01
        assert torch.allclose(after[:2], old.decoder.get_parameter(name)[:2], atol=1e-6)


def test_the_shape_of_a_generator_builds_one_that_takes_its_weights():
    old = generator(schema((5, 3), (2,)), torch.tensor([6.0, 4.0]))
    twin = GeneratorShape.of(old).untrained(old.schema, old.law.groups, old.law.shares)
    twin.load_state_dict(old.state_dict())
    rows = [made.draw(500, Noise(made.schema, 5)) for made in (old, twin)]
    assert torch.equal(rows[0].x, rows[1].x)
    weights = GeneratorShape.of(old).decoder_weights(old.schema)
    assert weights == sum(weight.numel() for weight in old.decoder.parameters())
