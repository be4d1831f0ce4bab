"""Canaries: rows planted among the training rows, to see whether the generator remembers them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from sdv_fair4free.core.rows import Rows


def independent_rows(data: pd.DataFrame, number: int, random_state: int = 0) -> pd.DataFrame:
    """Rows to plant: every column drawn from the table on its own.

    Add them to the table before it is fitted. Where there is a key, give them one of their own;
    where there are constraints, take those rows that meet them.

    Args:
        data: The table, at least one row.
        number: How many rows.
        random_state: Seed.

    Returns:
        The rows, with a fresh index.
    """
    rng = np.random.default_rng(random_state)
    drawn = {
        name: values.take(rng.integers(0, len(data), number)).array for name, values in data.items()
    }
    return pd.DataFrame(drawn, columns=data.columns)


def shuffled_columns(rows: Rows, number: int, seed: int) -> Rows:
    """``number`` rows whose columns are those of ``rows``, each shuffled on its own.

    Where more rows are wanted than there are, they are shuffled several times. Codes are shuffled,
    not raw values: columns that a constraint ties together stay together.

    Args:
        rows: At least one.
        number: How many rows to make.
        seed: Of the shuffles.
    """
    generator = torch.Generator().manual_seed(seed)
    times = -(-number // max(len(rows), 1))

    def order() -> torch.Tensor:
        orders = [torch.randperm(len(rows), generator=generator) for _ in range(times)]
        return torch.cat(orders)[:number]

    def shuffled(codes: torch.Tensor, orders: list[torch.Tensor]) -> torch.Tensor:
        columns = [codes[order, place] for place, order in enumerate(orders)]
        return torch.stack(columns, dim=1) if columns else codes.new_zeros(number, 0)

    of_x, of_s, of_y = (
        [order() for _ in range(codes.shape[1])] for codes in (rows.x, rows.s, rows.y)
    )
    return Rows(
        x=shuffled(rows.x, of_x),
        s=shuffled(rows.s, of_s),
        s_positions=shuffled(rows.s_positions, of_s),
        y=shuffled(rows.y, of_y),
    )
