"""A table of attributes with a picture for each row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Pictures(NamedTuple):
    """Attributes and pictures, row for row: ``data, images = pictures``.

    Attributes:
        data: The table of attributes under its name, as SDV has tables.
        images: (rows, height, width, channels) uint8, of 1 channel (grey) or 3 (red, green, blue).
    """

    data: dict[str, pd.DataFrame]
    images: NDArray[np.uint8]

    @property
    def table(self) -> pd.DataFrame:
        """The one table.

        Raises:
            ValueError: If there are several.
        """
        (table,) = self.data.values()
        return table
