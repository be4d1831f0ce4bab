"""What a report asks of a synthesizer of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sdv_fair4free.pictures import Pictures


class PictureSource(Protocol):
    """A fitted synthesizer of pictures; ``Fair4FreeImageSynthesizer`` is one."""

    def sample(self, num_rows: int) -> Pictures:
        """New attributes and pictures."""

    def encode(
        self, data: Mapping[str, pd.DataFrame], images: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """(rows, latent): the latent of each picture."""

    def reconstruct(
        self, data: Mapping[str, pd.DataFrame], images: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """(rows, height, width, channels): each picture from its own latent and attributes."""

    def counterfactuals(self, num_rows: int) -> tuple[pd.DataFrame, NDArray[np.uint8]]:
        """The groups, a row each, and (groups, num_rows, height, width, channels) pictures.

        Every column of them is of one latent, painted with the sensitive values of each group.
        """

    def get_info(self) -> dict[str, Any]:
        """With ``generator_parameter_counts`` of 'teacher' and, if there is one, 'student'."""
