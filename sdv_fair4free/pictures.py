"""A table of attributes with a picture for each row."""

from __future__ import annotations

from collections.abc import ValuesView
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Pictures(NamedTuple):
    """Attributes and pictures, row for row: ``data, images = pictures``.

    Where only attributes are looked at it reads like SDV's mapping from a name to a table:
    ``pictures['digits']``.

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

    def __getitem__(self, key: Any) -> Any:
        return self.data[key] if isinstance(key, str) else tuple.__getitem__(self, key)

    def values(self) -> ValuesView[pd.DataFrame]:
        """The tables."""
        return self.data.values()
