"""``python -m sdv_fair4free.benchmark.figures``: what the papers show in figures, of our own runs.

Both papers show how fair their representation is, synthetic beside real rows in two dimensions, and
which columns a model that learns from either goes by (Fair4Free, arXiv 2410.01423; its predecessor,
arXiv 2408.10755). These are the same three, of one fit of Adult with the defaults. Curves are
densities: no row is drawn.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.stats import gaussian_kde
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.inspection import permutation_importance
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sdv_fair4free._version import __version__
from sdv_fair4free.benchmark.kept import LIBRARIES, machine
from sdv_fair4free.benchmark.parts import part_written
from sdv_fair4free.benchmark.suite import unfitted
from sdv_fair4free.benchmark.svg import Series, bars, linear
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.core.transport import nested_levels, transport
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer
from sdv_fair4free.tstr import trained

POINTS = 160
"""Of a curve."""
SHUFFLES = 3
"""Of each column, when it is asked how much a model goes by it."""
MOST_COLUMNS = 10
SEED = 0
"""Of the fit, and of all that is drawn after it."""
PART = 'figures'
"""The part of the page that says how the figures were made."""
REAL, SYNTHETIC = 'real rows', 'synthetic rows'


def latents(
    synthesizer: Fair4FreeSynthesizer, task: Task
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(rows,) each: ``z`` of the real rows, and ``u``, what transport makes of it."""
    model = synthesizer._model
    # Not `preprocess`, which fits the transformers anew and leaves the synthesizer unfitted.
    rows = model.encoding.rows(synthesizer._data_processor.transform(task.train))
    assert model.representation is not None, 'fairness is on'
    z = model.representation.encode(rows)
    _, group = rows.groups(model.taught().schema.s)
    levels = nested_levels(group[:, None])
    u = transport(z, levels, torch.ones(len(z)), torch.Generator().manual_seed(SEED))
    return z[:, 0].double().numpy(), u[:, 0].double().numpy()


def by_group(values: NDArray[np.float64], groups: pd.Series) -> list[Series]:
    """A curve for each of two groups: how its rows are spread over ``values``."""
    return _curves({name: values[(groups == name).to_numpy()] for name in sorted(groups.unique())})


def side_by_side(real: pd.DataFrame, synthetic: pd.DataFrame, task: Task) -> list[list[Series]]:
    """For each of the first two principal axes of the real rows, curves of both tables."""
    numbers = task.metadata.get_column_names(table_name=task.name, sdtype='numerical')
    numbers = [name for name in numbers if name in real.columns]
    categories = [name for name in real.columns if name not in numbers]
    axes = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown='ignore', sparse_output=False), categories),
            (StandardScaler(), numbers),
        ),
        PCA(2, random_state=SEED),
    ).fit(real)
    places = {REAL: axes.transform(real), SYNTHETIC: axes.transform(synthetic)}
    return [_curves({name: at[:, axis] for name, at in places.items()}) for axis in range(2)]


def importance(training: pd.DataFrame, task: Task) -> pd.Series:
    """How much AUC on real test rows a model loses where a column is shuffled (Breiman 2001).

    Below 0 where it gains: a model of fair rows may go by the sensitive column to make up for what
    other columns tell of it, and real decisions were not made so.
    """
    made = trained(training, task.test, task.target_column, task.favourable, task.metadata)
    lost = permutation_importance(
        made.model,
        made.features,
        made.truth,
        scoring='roc_auc',
        n_repeats=SHUFFLES,
        random_state=SEED,
    )
    return pd.Series(lost.importances_mean, index=made.names)


def figures(task: Task) -> dict[str, str]:
    """Fit once, and draw: SVG by the names of the files."""
    synthesizer = unfitted(task, [task.sensitive_column], random_state=SEED)
    synthesizer.fit({task.name: task.train})
    rows = synthesizer.sample(len(task.train))[task.name]
    z, u = latents(synthesizer, task)
    groups = task.train[task.sensitive_column]
    first, second = side_by_side(task.train, rows, task)
    lost = pd.DataFrame(
        {
            f'learnt from {name}': importance(table, task)
            for name, table in ((REAL, task.train), (SYNTHETIC, rows))
        }
    )
    # The most telling of either, and the sensitive column wherever it stands.
    order = lost.max(axis=1).sort_values(ascending=False).index[:MOST_COLUMNS]
    named = [*order.drop(task.sensitive_column, errors='ignore'), task.sensitive_column]
    share = 'density'
    return {
        'latent-before.svg': linear(
            'z, as the encoder leaves it', 'log odds of the outcome', share, by_group(z, groups)
        ),
        'latent-after.svg': linear('u, as transport makes it', 'u', share, by_group(u, groups)),
        'axis-first.svg': linear('First principal axis', 'place', share, first),
        'axis-second.svg': linear('Second principal axis', 'place', share, second),
        'importance.svg': bars(
            'What a model goes by',
            'AUC on real test rows that is lost where the column is shuffled',
            named,
            [(name, lost.loc[named, name].tolist()) for name in lost.columns],
        ),
    }


def made_with(task: Task) -> str:
    """When, of what and with what the figures were made, in the words of the benchmarks."""
    libraries = ', '.join(f'{name} {version(name)}' for name in LIBRARIES)
    return (
        f'{date.today():%Y-%m-%d}, seed {SEED}, {len(task.train):,} rows to learn from and '
        f'{len(task.test):,} to test on, {machine()}; sdv-fair4free {__version__}, {libraries}.'
    )


def _curves(values: Mapping[str, NDArray[np.float64]]) -> list[Series]:
    """Densities over what nearly all rows have, the first solid and the second dashed."""
    low, high = np.quantile(np.concatenate(list(values.values())), (0.002, 0.998))
    grid = np.linspace(low, high, POINTS)
    return [
        Series(
            name=str(name),
            points=list(zip(grid.tolist(), gaussian_kde(of)(grid).tolist(), strict=True)),
            colour=place,
            dashed=place > 0,
            marked=False,
        )
        for place, (name, of) in enumerate(values.items())
    ]


def main(argv: list[str] | None = None) -> int:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='holds Adult')
    parser.add_argument('--folder', type=Path, required=True, help='where the figures go')
    parser.add_argument('--page', type=Path, required=True, help='where it is said how')
    given = parser.parse_args(argv)
    warnings.filterwarnings('ignore')
    given.folder.mkdir(parents=True, exist_ok=True)
    task = Task.load(given.data)
    for name, drawn in figures(task).items():
        path = given.folder / name
        path.write_text(drawn, encoding='utf-8')
        sys.stdout.write(f'{path}\n')
    part_written(given.page, PART, made_with(task))
    sys.stdout.write(f'{given.page}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
