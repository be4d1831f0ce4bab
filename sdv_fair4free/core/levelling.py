"""Equalized odds: tell the outcome equally well in every group, then at the same rates.

Error rates can agree at every threshold only if the outcome can be told equally well in all groups,
and no map of a score can make it so: where one group is easier to tell, its score must know less
(Hardt, Price & Srebro 2016 add noise; here the score gives up columns instead, the most telling
first, so that it gives up few, and a model which learns the table can follow it). An encoder that
was trained on rows with columns hidden at random scores any choice of columns. Then maps of each
group, averaged over the outcomes, bring the rates of each outcome together.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sdv_fair4free.core.representation import Representation
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.transport import SMALL_GROUP, TURNS, random_rotation, shrunken_ranks

ROWS_TO_JUDGE = 16384
"""Rows of a group on which it is judged how well the outcome is told: an AUC to about .003."""
TOLERANCE = 0.003
"""Of the area under the curve: nothing is given up for less."""
MIXES = 8
"""Steps between one choice of columns and the next."""
OTHERS_WEIGHT = 1e-3
"""Weight of other outcomes in the ranks of one: ranks go on rising where it does not occur."""


class Levelling:
    """Chooses for each group the columns that its score may know.

    Args:
        full: The encoder as trained on whole rows.
        hidden: The encoder trained on rows with columns hidden, with the head of ``full``.
        rows: The real rows.
        strata: (rows,) strata of the outcome.
        levels: Groups of each row, from the finest crossing to everybody.
        generator: Chooses the rows that are judged.
    """

    def __init__(
        self,
        full: Representation,
        hidden: Representation,
        rows: Rows,
        strata: Tensor,
        levels: list[Tensor],
        generator: torch.Generator,
    ) -> None:
        self.full, self.hidden = full, hidden
        self.rows, self.strata, self.levels, self.generator = rows, strata, levels, generator
        self.columns = len(full.schema.x.sizes)

    def latents(self) -> Tensor:
        """(rows, latent): ``z`` that tells the outcome about equally well in every large group.

        Rare groups are treated as their parent group is.
        """
        z = self.full.encode(self.rows)
        finest = self.levels[0]
        large = torch.nonzero(torch.bincount(finest) >= SMALL_GROUP)[:, 0].tolist()
        if len(large) < 2:
            return z
        judged = [self._some_rows(torch.nonzero(finest == group)[:, 0]) for group in large]
        least = min(self._told(z[index], index) for index in judged)
        levelled = z.clone()
        for groups in reversed(self.levels[:-1]):
            for group in range(int(groups.max()) + 1):
                members = torch.nonzero(groups == group)[:, 0]
                if len(members) >= SMALL_GROUP:
                    levelled[members] = self._levelled(members, least)
        return levelled

    def _some_rows(self, members: Tensor) -> Tensor:
        chosen = torch.randperm(len(members), generator=self.generator)[:ROWS_TO_JUDGE]
        return members[chosen]

    def _told(self, z: Tensor, index: Tensor) -> float:
        return separation(self.full.stratum_scores(z).cpu(), self.strata[index])

    def _levelled(self, members: Tensor, least: float) -> Tensor:
        """``z`` of a group, with columns given up until it tells the outcome no better."""
        index = self._some_rows(members)

        def told(given_up: list[int], share: float) -> float:
            return self._told(self._without(index, given_up, share), index)

        if told([], 0.0) <= least + TOLERANCE:
            return self._without(members, [], 0.0)
        order = self._most_telling_first(index)[: self.columns - 1]  # one is kept in any case
        low, high = 0, len(order)
        while high - low > 1:  # bisection: giving up more tells less
            middle = (low + high) // 2
            enough = told(order[:middle], 1.0) <= least
            low, high = (low, middle) if enough else (middle, high)
        shares = [step / MIXES for step in range(MIXES + 1)] if order else [0.0]
        share = min(shares, key=lambda part: abs(told(order[:high], part) - least))
        return self._without(members, order[:high], share)

    def _most_telling_first(self, index: Tensor) -> list[int]:
        """Columns, the one whose loss costs most first."""
        left = [
            self._told(self._hidden_without(index, [column]), index)
            for column in range(self.columns)
        ]
        return sorted(range(self.columns), key=left.__getitem__)

    def _without(self, index: Tensor, given_up: list[int], share: float) -> Tensor:
        """``z`` without the columns but the last, and to this share without the last as well."""
        before = given_up[:-1]
        if before:
            z = self._hidden_without(index, before)
        else:
            z = self.full.encode(self.rows, index=index)
        if share:
            z = (1 - share) * z + share * self._hidden_without(index, given_up)
        return z

    def _hidden_without(self, index: Tensor, given_up: list[int]) -> Tensor:
        shown = torch.ones(self.columns)
        shown[given_up] = 0.0
        return self.hidden.encode(self.rows, index=index, shown=shown)


def separation(scores: Tensor, strata: Tensor) -> float:
    """How well scores tell the outcome: area under the ROC curve, a mean over the strata.

    Args:
        scores: (rows, strata), higher for a more likely stratum.
        strata: (rows,) int64, the true ones.

    Returns:
        From 0 to 1; **best 1**, 0.5 for no information, also where only one stratum occurs.
    """
    areas = []
    for stratum in range(scores.shape[1]):
        members = strata == stratum
        count, others = int(members.sum()), int((~members).sum())
        if count and others:
            ranks = scores[:, stratum].argsort().argsort().double() + 1
            areas.append(float((ranks[members].mean() - (count + 1) / 2) / others))
    return sum(areas) / len(areas) if areas else 0.5


def outcome_transport(
    z: Tensor,
    masks: Sequence[Tensor],
    levels: list[Tensor],
    weights: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Carry ``z`` to a ``u`` whose law given each outcome is as alike in all groups as can be.

    In each group a rising map takes ``z`` to the mean over the outcomes of the log odds of its rank
    among the group's rows with that outcome. Where the outcome is told equally well everywhere, the
    maps of all outcomes agree and the laws are the same exactly; elsewhere the odds of error rates
    differ alike in both directions. With one outcome its law is the same exactly.

    Args:
        z: (rows, latent).
        masks: For each outcome that counts, (rows,) whether a row has it.
        levels: Groups of each row, from :func:`~sdv_fair4free.core.transport.nested_levels`.
        weights: (rows,) positive; all rows together are Gaussian under these weights.
        generator: Breaks ties and chooses rotations.

    Returns:
        (rows, latent) float32, Gaussian in all groups together, axis by axis.
    """
    u = z.double()
    latent = z.shape[1]
    for turn in range(1 if latent == 1 else TURNS):
        rotation = random_rotation(latent, generator).to(u) if turn else torch.eye(latent).to(u)
        axes = (u @ rotation).unbind(1)
        u = torch.stack([_common(a, masks, levels, weights, generator) for a in axes], dim=1)
        u = u @ rotation.T
    return u.float()


def _common(
    values: Tensor,
    masks: Sequence[Tensor],
    levels: list[Tensor],
    weights: Tensor,
    generator: torch.Generator,
) -> Tensor:
    odds = torch.zeros_like(values)
    for mask in masks:
        ranks = shrunken_ranks(
            values, levels, weights * (mask + OTHERS_WEIGHT), generator, counted=mask
        )
        odds += ranks.logit() / len(masks)
    everybody = shrunken_ranks(odds, levels[-1:], weights, generator)
    gaussian: Tensor = torch.special.ndtri(everybody)
    return gaussian
