import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sdv_fair4free.core.dependence import (
    dependence_among,
    dependence_within,
    distance_correlation,
    distance_covariance,
)


def slow_distance_covariance(z, s):
    """The unbiased estimate, written as in Szekely & Rizzo (2014), equations 3.1 to 3.3."""
    n = len(z)

    def centred(points):
        d = [[float(np.linalg.norm(points[i] - points[j])) for j in range(n)] for i in range(n)]
        row = [sum(d[i]) for i in range(n)]
        total = sum(row)
        return [
            [
                0.0
                if i == j
                else d[i][j] - row[i] / (n - 2) - row[j] / (n - 2) + total / ((n - 1) * (n - 2))
                for j in range(n)
            ]
            for i in range(n)
        ]

    a, b = centred(z), centred(s)
    return sum(a[i][j] * b[i][j] for i in range(n) for j in range(n)) / (n * (n - 3))


def points(rows, columns):
    number = st.floats(-5, 5, width=32)
    return st.lists(
        st.lists(number, min_size=columns, max_size=columns), min_size=rows, max_size=rows
    ).map(lambda values: torch.tensor(values, dtype=torch.float64))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), rows=st.integers(4, 9), width=st.integers(1, 3))
def test_it_agrees_with_the_slow_definition(data, rows, width):
    z, s = data.draw(points(rows, width)), data.draw(points(rows, 2))
    expected = slow_distance_covariance(z.numpy(), s.numpy())
    assert float(distance_covariance(z, s)) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(data=st.data(), rows=st.integers(4, 9))
def test_the_order_of_rows_does_not_matter(data, rows):
    z, s = data.draw(points(rows, 2)), data.draw(points(rows, 2))
    order = torch.randperm(rows, generator=torch.Generator().manual_seed(0))
    assert float(distance_covariance(z[order], s[order])) == pytest.approx(
        float(distance_covariance(z, s)), abs=1e-6
    )


def test_a_constant_depends_on_nothing():
    z = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    assert float(distance_covariance(z, torch.ones(50, 1))) == 0.0
    assert float(distance_correlation(z, torch.ones(50, 1))) == 0.0


def test_a_column_is_wholly_correlated_with_itself():
    z = torch.randn(200, 1, generator=torch.Generator().manual_seed(0))
    assert float(distance_correlation(z, z)) == pytest.approx(1.0)


def test_it_is_zero_on_average_for_independent_samples():
    generator = torch.Generator().manual_seed(0)
    found = [
        float(
            distance_covariance(
                torch.randn(40, 1, generator=generator), torch.randn(40, 1, generator=generator)
            )
        )
        for _ in range(3000)
    ]
    assert abs(np.mean(found)) < 3 * np.std(found) / 3000**0.5  # three standard errors


def test_gradients_are_finite_where_points_coincide():
    z = torch.zeros(6, 1, requires_grad=True)
    distance_covariance(z, torch.arange(6.0)[:, None]).backward()
    assert torch.isfinite(z.grad).all()


def test_too_few_rows_are_refused():
    with pytest.raises(ValueError, match='at least 4 rows'):
        distance_covariance(torch.zeros(3, 1), torch.zeros(3, 1))


@pytest.mark.parametrize('latent', [1, 3])
def test_rows_of_masks_need_not_be_chosen(latent):
    noise = torch.Generator().manual_seed(8)
    z = torch.randn(60, latent, generator=noise).requires_grad_()
    s, luck = torch.randn(60, 2, generator=noise), torch.rand(60, generator=noise)
    masks = [luck < 0.4, luck > 0.5, luck > 2, luck < luck.sort().values[3]]
    chosen, among = dependence_within(z, s, masks), dependence_among(z, s, masks)
    torch.testing.assert_close(among, chosen)
    slopes = [torch.autograd.grad(found, z)[0] for found in (chosen, among)]
    torch.testing.assert_close(*slopes)
    assert dependence_among(z, s, masks[2:]) == 0
