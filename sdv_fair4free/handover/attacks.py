"""Attacks that ask whether a row was among the training rows, and how often they are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from sdv_fair4free.handover.likelihood import coded_rows, log_likelihoods
from sdv_fair4free.handover.scored import Attack, Scores
from sdv_fair4free.metrics.features import Columns
from sdv_fair4free.reports.points import as_points, comparable, read_tables

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer


def black_box(
    synthetic: pd.DataFrame, training: pd.DataFrame, holdout: pd.DataFrame, columns: Columns
) -> Attack:
    """The attack of somebody who sees nothing but synthetic rows.

    A row is taken for a training row if a synthetic row is near: the score is minus the distance to
    the nearest (as in Chen et al. 2020, "GAN-Leaks"), measured as in
    :func:`~sdv_fair4free.reports.privacy.closest_records`, but on the scale of the synthetic rows:
    the attacker has no others.

    Args:
        synthetic: What the attacker sees, at least one row.
        training: Rows that the synthesizer has learnt from.
        holdout: As many that it has not.
        columns: The columns of the metadata, from name to entry, without keys.
    """
    tables = {'synthetic': synthetic, 'training': training, 'holdout': holdout}
    plain, kinds, _ = read_tables(tables, comparable(columns), columns)
    points = [table.astype(np.float64) for table in as_points(plain, kinds)]
    search = NearestNeighbors(n_neighbors=1, algorithm='brute').fit(points[0])
    # Brute force takes differences of squares: what differs by their rounding only is a tie.
    scores = [-np.round(search.kneighbors(table)[0][:, 0], 5) for table in points[1:]]
    return Attack.of(*scores)


def row_scores(
    synthesizer: Fair4FreeSynthesizer, table: pd.DataFrame, draws: int, seed: int
) -> Scores:
    """(rows,) log probability of each row; minus infinity where the generator cannot make it."""
    coded = coded_rows(synthesizer, table)
    scores = np.full(len(table), -np.inf)
    scores[coded.has_codes] = log_likelihoods(
        synthesizer._model.generator, coded.rows, draws, seed
    ).numpy()
    return scores
