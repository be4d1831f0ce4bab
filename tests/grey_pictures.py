"""Grey pictures to colour, and whether colours follow their labels as often as asked."""

import numpy as np
import pandas as pd
import scipy.stats

from sdv_fair4free.images.colours import PALETTE


def grey(rows, seed=0, side=8):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (rows, side, side), dtype=np.uint8), rng.integers(0, 10, rows)


def own_color(labels, num_labels, num_colors):
    names = np.array(list(PALETTE)[:num_colors])
    return names[np.asarray(labels) * num_colors // num_labels]


def share_of_own(pictures, column, num_labels, num_colors):
    table = pictures.table
    own = own_color(table[column].astype(int), num_labels, num_colors)
    return (table['color'] == own).mean()


def independence(labels, colors):
    """p-value of a chi-square test."""
    return scipy.stats.chi2_contingency(pd.crosstab(labels, colors)).pvalue


def is_near(share, expected, rows):
    """Within four standard errors."""
    return abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / rows)
