"""What the attacks on a generator found: figures for the manifest, and sentences for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.manifest_parts import Count
from sdv_fair4free.handover.scored import CONFIDENCE, WRONGLY_ACCUSED, Attack, Exposure
from sdv_fair4free.reports.nearness import Privacy

LIMITS = (
    'Distillation by itself guarantees nothing: a student learns what its teacher says, and a '
    'teacher that remembers a row can pass it on.',
    'These are attacks that were tried, not a proof. That they fail does not mean that a better '
    'one fails: those that train models of their own to compare with are stronger and were not '
    'tried.',
    'No differential privacy is promised: nothing bounds what can be found out about a person.',
    'The figures are averages over rows. Unusual people can be exposed although the average looks '
    'safe.',
)
"""What no figure here promises; part of every result."""


@dataclass(frozen=True, kw_only=True)
class PrivacyEvidence:
    """What was tried to find out whose rows a generator was fitted on, and how well it worked.

    Evidence, not a guarantee; see ``limits``.

    Attributes:
        generator: What would be handed over: 'student' or 'teacher'.
        training_rows: Rows it was fitted on.
        holdout_rows: Real rows it has not seen.
        synthetic_rows: Rows sampled from it, at its own fairness strength.
        closest: The distance to the closest record, and exact copies.
        black_box: Membership inference by somebody who sees only the synthetic rows.
        white_box: Membership inference by somebody who holds the generator's file: a row is taken
            for a training row if it is likely under the generator. None if that could not be
            measured: ``unmeasured`` has the reason.
        unmakeable_training_rows: Of the training rows that were asked about, those that the
            generator cannot make at all: a value, or a crossing of sensitive values, is not in its
            file or was taken out of it. Whoever holds the file can tell; the white box ranks them
            last. None: some, but fewer than may be told.
        unmakeable_holdout_rows: The same of the holdout rows.
        canaries: How exposed those planted rows are that the generator can make; None if there
            were none, or if that could not be measured.
        unmakeable_canaries: Planted rows that it cannot make.
        pictures: Membership inference by somebody who sees only the painted pictures; None if there
            are none, or if it was not measured.
        unmeasured: What was to be measured and could not be, each with the reason.
        draws: Points of the latent over which the white box averages.
        random_state: Seed of all that was drawn.
        limits: What the figures do not promise.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        extra='forbid', strict=True, allow_inf_nan=False
    )

    generator: Literal['student', 'teacher']
    training_rows: Count
    holdout_rows: Count
    synthetic_rows: Count
    closest: Privacy
    black_box: Attack
    white_box: Attack | None
    unmakeable_training_rows: Count | None
    unmakeable_holdout_rows: Count | None
    canaries: Exposure | None
    unmakeable_canaries: Count = 0
    pictures: Attack | None = None
    draws: Annotated[int, Field(ge=1)]
    random_state: Count
    unmeasured: tuple[str, ...] = ()
    limits: tuple[str, ...] = LIMITS

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON: numbers, text, lists, None; no NaN."""
        lists = {'unmeasured': [*self.unmeasured], 'limits': [*self.limits]}
        told = {**asdict(self), **lists}
        if self.pictures is None:  # files without pictures have no such field
            del told['pictures']
        return told

    def published(self, least: int) -> PrivacyEvidence:
        """The same without numbers of unmakeable rows that are fewer than ``least``, but not 0."""

        def unless_few(rows: int | None) -> int | None:
            return None if rows is None or 0 < rows < least else rows

        return replace(
            self,
            unmakeable_training_rows=unless_few(self.unmakeable_training_rows),
            unmakeable_holdout_rows=unless_few(self.unmakeable_holdout_rows),
        )

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> PrivacyEvidence:
        """Read what :meth:`to_dict` made.

        Raises:
            HandoverError: Naming every field that is unknown, missing, of another type or out of
                its range.
        """
        try:
            return TypeAdapter(cls).validate_json(json.dumps(dict(given)))
        except (ValidationError, TypeError) as error:
            raise HandoverError(f'The evidence of privacy cannot be read: {error}') from error

    def sentences(self) -> list[str]:
        """The findings in plain words, and then what they do not promise."""
        closest = self.closest
        told = [
            f'Nearness: {closest.nearer_to_train:.1%} of {closest.rows:,} synthetic rows are '
            'nearer to a training row than to a holdout row (real, but never seen by the '
            'generator), '
            f'{_interval(closest.low, closest.high)}; 50% is what rows give that copy nobody, '
            '100% is copying.',
            f'Exact copies: {closest.copies:.2%} of the synthetic rows equal a training row. By '
            f'chance alone {closest.holdout_copies:.2%} of the holdout rows do.',
            *_attack_in_words('sees only the synthetic rows', self.black_box),
        ]
        if self.white_box is not None:
            told += _attack_in_words(f'holds the file of the {self.generator}', self.white_box)
        if self.pictures is not None:
            told += _attack_in_words('sees only the painted pictures', self.pictures, 'picture')
        told += [f'Not measured: {reason}' for reason in self.unmeasured]
        if self.unmakeable_training_rows != 0 or self.unmakeable_holdout_rows != 0:
            asked = f'{self.black_box.rows:,}'
            told.append(
                f'{_number(self.unmakeable_training_rows)} of the {asked} training rows and '
                f'{_number(self.unmakeable_holdout_rows)} of the {asked} holdout rows have a '
                'value, or a combination of sensitive values, that the file does not list: the '
                'generator cannot make them, and whoever holds the file sees that. The attack by '
                'likelihood knows nothing else of them.'
            )
        if self.canaries is not None:
            told += _canaries_in_words(self.canaries)
        if self.canaries is not None and self.unmakeable_canaries:
            told.append(
                f'{self.unmakeable_canaries:,} more canaries have a value that the file does not '
                'list, so that nothing is known of them.'
            )
        return [*told, *self.limits]


def _number(count: int | None) -> str:
    return 'A few' if count is None else f'{count:,}'


def _interval(low: float, high: float) -> str:
    return f'{CONFIDENCE:.0%} interval {low:.1%} to {high:.1%}'


def _attack_in_words(attacker: str, attack: Attack, what: str = 'row') -> list[str]:
    if attack.low > 0.5:
        verdict = 'That is better than a coin: the generator gives away who was among them.'
    else:
        verdict = f'With {attack.rows:,} {what}s of each kind that cannot be told from a coin.'
    told = (
        f'Membership: an attacker who {attacker} is shown a training {what} and a holdout '
        f'{what}, and '
        f'says rightly which is which {attack.auc:.1%} of the time '
        f'({_interval(attack.low, attack.high)}; a coin is right 50% of the time). {verdict}'
    )
    if attack.recognised is not None:
        told += (
            f' If they may accuse {WRONGLY_ACCUSED:.0%} of the holdout {what}s wrongly, they '
            f'recognise {attack.recognised:.1%} of the training {what}s; by chance it would be '
            f'{WRONGLY_ACCUSED:.0%}.'
        )
    return [told]


def _canaries_in_words(exposure: Exposure) -> list[str]:
    told = [
        f'Canaries: {exposure.canaries:,} made-up rows were looked for in the generator, among '
        f'{exposure.references:,} rows like them that were never planted. On average their '
        f'exposure is {exposure.mean:.1f} bits, at most {exposure.highest:.1f}. Without any trace '
        f'it would be about {exposure.expected:.1f} on average; {exposure.possible:.1f} means that '
        'a canary stands out from all others.'
    ]
    if exposure.planted < exposure.canaries:
        told.append(
            f'Only {exposure.planted:,} of the {exposure.canaries:,} canaries are among the '
            'training rows; the others can have left no trace.'
        )
    return told
