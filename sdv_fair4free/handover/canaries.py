"""Canaries: rows planted among the training rows, to see whether the generator remembers them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
import torch
from pydantic import Field

from sdv_fair4free.core.rows import Rows
from sdv_fair4free.handover.attacks import Count, Scores

Bits = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How far the generator prefers the canaries to rows of the same kind that were never planted.

    Carlini et al. 2019, "The Secret Sharer": the exposure of a canary is ``log2(|R|) - log2(rank)``
    where ``R`` are the reference rows and the canary, ranked by their likelihood. The expectation
    holds for canaries made like the references, each column on its own, as
    :func:`independent_rows` does; it is no yardstick for others.

    Attributes:
        canaries: How many.
        planted: How many of them are among the training rows.
        references: Rows that they were ranked with: the training rows with every column shuffled on
            its own, so that each column keeps its values and nothing else is left.
        mean: Mean exposure in bits, at least 0. **Best: no more than ``expected``**, give or take
            chance: one canary's exposure varies by as much again (standard deviation 1.4 bits).
        highest: That of the most exposed canary.
        expected: Mean exposure of a canary that left no trace: all ranks equally likely.
        possible: That of a canary ranked first.
    """

    canaries: Count
    planted: Count
    references: Count
    mean: Bits
    highest: Bits
    expected: Bits
    possible: Bits

    @classmethod
    def of(cls, canaries: Scores, references: Scores, planted: int) -> Exposure:
        """Rank the scores of canaries, at least one, among those of references, at least one."""
        exposures = exposures_of(canaries, references)
        size = len(references) + 1
        return cls(
            canaries=len(canaries),
            planted=planted,
            references=len(references),
            mean=float(exposures.mean()),
            highest=float(exposures.max()),
            expected=max(0.0, math.log2(size) - math.lgamma(size + 1) / (size * math.log(2))),
            possible=math.log2(size),
        )


def exposures_of(canaries: Scores, references: Scores) -> Scores:
    """(canaries,) exposure in bits of each, from 0 to ``log2(references + 1)``; ties halve."""
    ordered = np.sort(references)
    above = len(ordered) - np.searchsorted(ordered, canaries, side='right')
    ties = len(ordered) - above - np.searchsorted(ordered, canaries, side='left')
    exposures: Scores = np.log2(len(ordered) + 1) - np.log2(1 + above + ties / 2)
    return exposures


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
