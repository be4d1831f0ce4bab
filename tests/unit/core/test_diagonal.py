import pytest
import torch

from sdv_fair4free.core.diagonal import BlockDiagonal, Membership

SHAPES = ((3, 2), (1, 0), (4, 4), (2, 1), (5, 0))


def blocks(shapes=SHAPES):
    noise = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=noise) for shape in shapes]


@pytest.mark.parametrize('together', [0, 20, 10**6])
@pytest.mark.parametrize('shapes', [SHAPES, SHAPES[1:2], SHAPES[2:3], ()])
def test_products_and_their_slopes_are_those_of_the_full_matrix(together, shapes):
    made = blocks(shapes)
    matrix, full = BlockDiagonal(made, together), torch.block_diag(*made)
    height, width = sum(h for h, _ in shapes), sum(w for _, w in shapes)
    full = full[:height, :width]  # of nothing at all, block_diag makes one empty row
    assert matrix.shape == (height, width)
    given, right, left = torch.randn(height, 3), torch.randn(width, 3), torch.randn(6, height)
    leaves = [[part.clone().requires_grad_() for part in (given, right)] for _ in range(2)]
    found, expected = matrix.added_to(*leaves[0]), leaves[1][0] + full @ leaves[1][1]
    torch.testing.assert_close(found, expected)
    for product in (found, expected):
        (product * torch.arange(3.0)).sum().backward()
    for mine, other in zip(*leaves, strict=True):
        torch.testing.assert_close(mine.grad, other.grad)
    torch.testing.assert_close(matrix.after(left), left @ full)


def test_what_is_0_is_not_held():
    matrix = BlockDiagonal(blocks([(10, 10)] * 50), together=400)
    assert matrix.packed.numel() < 50 * 10 * 10 * 4
    assert not matrix.state_dict()


def test_tokens_know_their_column():
    membership = Membership((3, 1, 2))
    assert membership.column.tolist() == [0, 0, 0, 1, 2, 2]
    assert membership.sums(torch.arange(6.0)[None]).tolist() == [[3.0, 3.0, 9.0]]
    assert membership.spread(torch.tensor([[7.0, 8.0, 9.0]])).tolist() == [[7, 7, 7, 8, 9, 9]]
    assert Membership(()).sums(torch.zeros(4, 0)).shape == (4, 0)
    assert Membership(()).spread(torch.zeros(4, 0)).shape == (4, 0)
