import numpy as np
import pandas as pd
import pytest

from sdv_fair4free.reports.manifold import NEIGHBOURS, density_and_coverage

COLUMNS = {'x': {'sdtype': 'numerical'}, 'y': {'sdtype': 'numerical'}}


def cloud(rows, seed, centre=0.0, spread=1.0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(centre + spread * rng.normal(size=(rows, 2)), columns=['x', 'y'])


def slow(real, synthetic):
    """The definitions of Naeem et al. (2020), row by row."""
    scale = real.std(ddof=0)
    a, b = (((table - real.mean()) / scale).to_numpy() for table in (real, synthetic))
    counts, covered = 0, 0
    for point in a:
        reach = np.sort(np.linalg.norm(a - point, axis=1))[NEIGHBOURS]
        near = np.linalg.norm(b - point, axis=1) <= reach
        counts += near.sum()
        covered += near.any()
    return counts / (NEIGHBOURS * len(b)), covered / len(a)


def test_it_agrees_with_the_definitions():
    real, synthetic = cloud(120, 0), cloud(120, 1, centre=0.4, spread=0.7)
    found = density_and_coverage(real, synthetic, COLUMNS)
    assert (found.density, found.coverage) == pytest.approx(slow(real, synthetic), abs=1e-6)
    assert found.rows == 120


def test_alike_tables_score_near_one_and_others_do_not():
    real = cloud(2000, 0)
    alike = density_and_coverage(real, cloud(2000, 1), COLUMNS)
    assert alike.density == pytest.approx(1.0, abs=0.1)
    assert alike.coverage == pytest.approx(1 - 2.0**-NEIGHBOURS, abs=0.02)
    crowded = density_and_coverage(real, cloud(2000, 1, spread=0.2), COLUMNS)
    assert crowded.coverage < 0.5
    far = density_and_coverage(real, cloud(2000, 1, centre=50.0), COLUMNS)
    assert (far.density, far.coverage) == (0.0, 0.0)


def test_copies_cover_everything_and_categories_and_missing_values_are_borne():
    table = cloud(300, 0).assign(name=list('abc') * 100)
    table.loc[:20, 'x'] = np.nan
    columns = {**COLUMNS, 'name': {'sdtype': 'categorical'}}
    assert density_and_coverage(table, table, columns).coverage == 1.0
    assert np.isnan(density_and_coverage(table[:3], table, columns).coverage)
