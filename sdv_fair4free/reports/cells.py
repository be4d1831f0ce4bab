"""What stands in one cell of a table of figures, on the page and in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Cell:
    """A figure, or the reason why there is none.

    Attributes:
        text (str): The figure or the reason; plain text.
        remarks (tuple[str, ...]): Its interval and what else belongs to it; plain text.
    """

    text: str
    remarks: tuple[str, ...] = ()

    def as_html(self) -> str:
        """The remarks below the figure, in smaller letters."""
        return escape(self.text) + ''.join(
            f'<br><small>{escape(remark)}</small>' for remark in self.remarks
        )

    def as_text(self) -> str:
        """The remarks behind the figure, in brackets."""
        return self.text + (f' ({"; ".join(self.remarks)})' if self.remarks else '')


NO_CELL = Cell('-')
"""Where a source has no such figure, as a model that learns from no table has none of a table."""


def figure_cell(row: Mapping[str, Any] | pd.Series, *remarks: str) -> Cell:
    """The cell of one row of ``Audit.figures``, ``Audit.groups`` or a like table.

    Args:
        row (mapping): With ``Value``, ``Low`` and ``High``; and ``Error``, which SDMetrics leaves
            out of details where no figure has any.
        *remarks (str): What to add behind the interval.
    """
    error = row.get('Error')
    reason = '' if pd.isna(error) else str(error)
    if pd.isna(row['Value']):
        return Cell(reason or '-')
    shown = (interval(row['Low'], row['High']), reason, *remarks)
    return Cell(number(row['Value']), tuple(filter(None, shown)))


def number(value: float, digits: int = 3) -> str:
    """A figure for a table; a dash where there is none."""
    if pd.isna(value):
        return '-'
    if abs(value) >= 10:
        return f'{value:,.1f}' if abs(value) < 100 else f'{value:,.0f}'
    text = f'{value:.{digits}f}'
    return text.removeprefix('-') if float(text) == 0 else text


def interval(low: float, high: float, digits: int = 3) -> str:
    """From where to where a figure may lie; nothing if that was not measured."""
    return '' if pd.isna(low) else f'{number(low, digits)} to {number(high, digits)}'
