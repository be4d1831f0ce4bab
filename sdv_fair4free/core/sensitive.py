"""The sensitive columns: what the networks are told of them, and the law that they follow.

Categories are told by marks. Numbers and datetimes are told as they are, not binned: by where they
lie among the real values, a share from 0 to 1 that changes with every change of the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.weak import WeakTensorKeyDictionary

from sdv_fair4free.core.layout import Layout, scale_features, thermometer
from sdv_fair4free.core.networks import Decoder
from sdv_fair4free.core.sampling import FoldedDecoder

LAW_WIDTH = 32


@dataclass(frozen=True, kw_only=True)
class SensitiveColumn:
    """One sensitive column.

    Attributes:
        size: Number of tokens.
        spans: (size, 2) for a number: the share of real values below each token, and up to its
            end; NaN where the token means missing. None for categories.
    """

    size: int
    spans: Tensor | None = None

    def marks(self, codes: Tensor, positions: Tensor) -> Tensor:
        """(rows, width) what the networks are told."""
        if self.spans is None:
            return F.one_hot(codes.long(), self.size).float()
        rank = self.rank(codes, positions)
        present = ~rank.isnan()
        return torch.cat([thermometer(rank.nan_to_num(0.5)), present[:, None].float()], dim=1)

    def rank(self, codes: Tensor, positions: Tensor) -> Tensor:
        """(rows,) of a number: the share of real values below it, NaN where it is missing."""
        assert self.spans is not None
        start, end = _sent(self.spans, codes.device)[codes.long()].unbind(1)
        rank: Tensor = start + positions * (end - start)
        return rank


def _sent(spans: Tensor, device: torch.device) -> Tensor:
    """Spans on a device, sent once: to send them for every batch would make it wait."""
    if spans.device == device:
        return spans
    copies = _COPIES.setdefault(spans, {})
    if device not in copies:
        copies[device] = spans.to(device)
    there: Tensor = copies[device]
    return there


_COPIES = WeakTensorKeyDictionary()


@dataclass(frozen=True, kw_only=True)
class SensitiveLayout:
    """All sensitive columns; there may be none.

    Attributes:
        columns: In the order in which they were named.
    """

    columns: tuple[SensitiveColumn, ...] = ()

    @classmethod
    def of(cls, sizes: tuple[int, ...] | list[int]) -> SensitiveLayout:
        """Categories of these numbers."""
        return cls(columns=tuple(SensitiveColumn(size=size) for size in sizes))

    @cached_property
    def categories(self) -> tuple[int, ...]:
        """Places of the columns of categories."""
        return tuple(i for i, column in enumerate(self.columns) if column.spans is None)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Places of the numbers."""
        return tuple(i for i, column in enumerate(self.columns) if column.spans is not None)

    @cached_property
    def width(self) -> int:
        """Width of the marks."""
        none = torch.zeros(1, len(self.columns))
        return self.marks(none.long(), none).shape[1]

    def marks(self, codes: Tensor, positions: Tensor) -> Tensor:
        """What networks, and distances, are told of the sensitive values.

        Args:
            codes: (rows, columns) integers.
            positions: (rows, columns) in [0, 1): where inside its token a number lies.

        Returns:
            (rows, width) float32, the same for two rows only if all their values are.
        """
        told = [column.marks(codes[:, i], positions[:, i]) for i, column in enumerate(self.columns)]
        return torch.cat(told, dim=1) if told else codes.new_zeros(len(codes), 0).float()

    def missing(self, codes: Tensor) -> Tensor:
        """(rows, numbers that may be missing) int64: 1 where (rows, columns) ``codes`` say so."""
        told = [
            codes[:, i].long() == len(spans) - 1
            for i in self.numbers
            if (spans := self.columns[i].spans) is not None and spans[-1].isnan().any()
        ]
        return torch.stack(told, dim=1).long() if told else codes.new_zeros(len(codes), 0).long()

    def ranks(self, codes: Tensor, positions: Tensor) -> Tensor:
        """(rows, numbers) :meth:`SensitiveColumn.rank` of each number."""
        told = [self.columns[i].rank(codes[:, i], positions[:, i]) for i in self.numbers]
        return torch.stack(told, dim=1) if told else positions.new_zeros(len(codes), 0)

    def group_marks(self, groups: Tensor) -> Tensor:
        """(rows, width) marks of the categories alone; ``groups`` is (rows, categories)."""
        told = [
            F.one_hot(groups[:, place].long(), self.columns[i].size).float()
            for place, i in enumerate(self.categories)
        ]
        return torch.cat(told, dim=1) if told else groups.new_zeros(len(groups), 0).float()


@dataclass(frozen=True, kw_only=True)
class SensitiveTable:
    """Sensitive values that a caller wants, with their shares.

    Attributes:
        codes: (values, columns) int64.
        positions: (values, columns) in [0, 1).
        shares: (values,) weights, not all 0.
    """

    codes: Tensor
    positions: Tensor
    shares: Tensor


def _chosen(codes: Tensor, places: tuple[int, ...]) -> Tensor:
    """Some columns of codes, without sending their places to where these are."""
    return torch.stack([codes[:, i] for i in places], dim=1) if places else codes[:, :0]


class SensitiveLaw(nn.Module):
    """p(s): a table of the crossed categories, and p(numbers | categories) beside it.

    Args:
        layout: The sensitive columns.
        groups: (groups, categories) int64: the crossings that exist.
        shares: (groups,) how often they do.

    Attributes:
        decoder: The law of the numbers given the categories; None without numbers.
    """

    groups: Tensor
    shares: Tensor

    def __init__(self, layout: SensitiveLayout, groups: Tensor, shares: Tensor) -> None:
        super().__init__()
        self.layout = layout
        self.register_buffer('groups', groups)
        self.register_buffer('shares', shares.float())
        self.decoder: Decoder | None = None
        if layout.numbers:
            spans = [layout.columns[i].spans for i in layout.numbers]
            tokens = Layout.stacked([scale_features(span) for span in spans if span is not None])
            context = sum(layout.columns[i].size for i in layout.categories)
            self.decoder = Decoder(tokens, context, LAW_WIDTH, 1, 0.0)

    def loss(self, codes: Tensor) -> Tensor:
        """(rows,): -log p(numbers | categories), in nats."""
        assert self.decoder is not None
        layout = self.layout
        at = self.decoder.layout.at(_chosen(codes, layout.numbers))
        logits = self.decoder(at, layout.group_marks(_chosen(codes, layout.categories)))
        return self.decoder.negative_log_likelihood(logits, at)

    @torch.no_grad()
    def draw(self, group: Tensor, uniforms: Tensor) -> Tensor:
        """Draw sensitive values.

        Args:
            group: (rows,) int64 rows of ``groups``.
            uniforms: (rows, numbers) in [0, 1).

        Returns:
            (rows, columns) int64 codes.
        """
        values = self.groups[group]
        codes = values.new_zeros(len(group), len(self.layout.columns))
        codes[:, list(self.layout.categories)] = values
        if self.decoder is not None:
            folded = FoldedDecoder.of(self.decoder)
            drawn = folded.draws(self.layout.group_marks(values), uniforms)
            for i, (_, column) in zip(self.layout.numbers, drawn, strict=True):
                codes[:, i] = column
        return codes
