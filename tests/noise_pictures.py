"""Pictures of noise, with labels."""

import numpy as np
import pandas as pd

from sdv_fair4free.pictures import Pictures


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def pictures(labels, channels=3, seed=0, **columns):
    table = pd.DataFrame({'label': labels, **columns})
    return Pictures({'things': table}, noise(len(table), 8, 10, channels, seed=seed))
