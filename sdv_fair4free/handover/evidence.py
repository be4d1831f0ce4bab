"""Evidence of privacy: what attacks on a fitted generator find out about its training rows."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sdv.errors import SynthesizerInputError

from sdv_fair4free.core.config import is_whole
from sdv_fair4free.handover.attacks import black_box, row_scores
from sdv_fair4free.handover.canaries import shuffled_columns
from sdv_fair4free.handover.findings import PrivacyEvidence
from sdv_fair4free.handover.likelihood import coded_rows, log_likelihoods
from sdv_fair4free.handover.painted import (
    BY_LIKELIHOOD,
    NOT_GIVEN,
    nearest_pictures,
    picture_problems,
    tables_of,
)
from sdv_fair4free.handover.scored import Attack, Exposure, Scores
from sdv_fair4free.metrics.features import Columns
from sdv_fair4free.model import FairModel
from sdv_fair4free.pictures import Pictures
from sdv_fair4free.reports.points import comparable, read_tables
from sdv_fair4free.reports.privacy import closest_records
from sdv_fair4free.reports.resemblance import modelled_columns
from sdv_fair4free.validation import listed, nearest

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

MOST_DRAWS = 2**16
Tables = Mapping[str, pd.DataFrame] | Pictures


def privacy_evidence(
    synthesizer: Fair4FreeSynthesizer,
    data: Tables,
    holdout: Tables,
    *,
    canaries: Tables | pd.DataFrame | None = None,
    num_rows: int | None = None,
    max_rows: int = 2000,
    draws: int = 64,
    random_state: int = 0,
) -> PrivacyEvidence:
    """Attack a fitted synthesizer, and say how well that worked.

    Four things are tried: the distance to the closest record and exact copies
    (:func:`~sdv_fair4free.reports.privacy.closest_records`); membership inference by somebody who
    sees synthetic rows (:func:`~sdv_fair4free.handover.attacks.black_box`), and by somebody who
    holds the generator and asks how likely it makes a row
    (:func:`~sdv_fair4free.handover.likelihood.log_likelihoods`); and the exposure of canaries
    (:class:`~sdv_fair4free.handover.canaries.Exposure`). Of pictures one thing more is tried: the
    distance to the nearest painted one (:func:`~sdv_fair4free.handover.painted.nearest_pictures`).

    What it does not promise: privacy. Attacks that fail prove nothing about better ones,
    distillation by itself guarantees nothing, and there is no differential privacy. An attack can
    only be judged by a holdout of the same people: rows of another year or place are told from
    training rows whatever the generator remembers.

    Args:
        synthesizer: Fitted. It is left as it is, its random stream included. Hand over the one that
            others will get: what an export takes out of it, it cannot give away.
        data: The rows it was fitted on, under the name of the table, or with their pictures. Keys
            are not needed.
        holdout: Real rows of the same kind that it has not seen, likewise.
        canaries: Rows that were planted in ``data`` before it was fitted, a table or likewise;
            make them with :func:`~sdv_fair4free.handover.canaries.independent_rows`. None for none.
        num_rows: Synthetic rows to sample; None takes as many as the training rows.
        max_rows: Ask about at most so many training rows and holdout rows, a seeded draw of as many
            of each; rank canaries among so many reference rows. Time grows with it.
        draws: Points of the latent over which a likelihood is averaged; best a power of 2.
        random_state: Seed of everything drawn, 0 or more.

    Returns:
        The evidence; the same for the same arguments, on one machine. What cannot be measured,
        because most rows say what the generator cannot, is None in it, with the reason.

    Raises:
        SynthesizerInputError: Listing every problem with the arguments at once.
    """
    given = {'data': data, 'holdout': holdout}
    known, unseen, made_up = (tables_of(tables) for tables in (data, holdout, canaries))
    problems = [
        *_number_problems(num_rows, max_rows, draws, random_state),
        *(_table_problems(synthesizer, known, unseen, made_up) or _of_pictures(synthesizer, given)),
    ]
    if problems:
        raise SynthesizerInputError(listed(problems, 'the evidence of privacy'))
    name, columns = _described(synthesizer)
    trial = copy.deepcopy(synthesizer)
    training, strangers = _plain(known[name]), _plain(unseen[name])
    trial._set_random_state(random_state)
    wanted = len(training) if num_rows is None else int(num_rows)
    made = trial.sample(wanted)
    synthetic = _plain(made[name])
    size = min(len(training), len(strangers), max_rows)
    rng = np.random.default_rng(random_state)
    places = [rng.choice(len(table), size, replace=False) for table in (training, strangers)]
    members, others = (
        table.iloc[rows] for table, rows in zip((training, strangers), places, strict=True)
    )
    scores = [row_scores(trial, table, draws, random_state) for table in (members, others)]
    unmakeable = [int(np.isneginf(score).sum()) for score in scores]
    unmeasured = []
    if 2 * max(unmakeable) > size:
        unmeasured.append(_why_no_white_box(trial, (members, others), unmakeable))
    pictures, real = None, [part for part in given.values() if isinstance(part, Pictures)]
    if isinstance(made, Pictures) and real:
        asked = (part.images[rows] for part, rows in zip(real, places, strict=True))
        pictures = nearest_pictures(made.images, *asked)
        unmeasured.append(BY_LIKELIHOOD)
    elif isinstance(made, Pictures):
        unmeasured += [NOT_GIVEN, BY_LIKELIHOOD]
    exposure, strange = None, 0
    if made_up is not None:
        planted = _plain(made_up if isinstance(made_up, pd.DataFrame) else made_up[name])
        of_planted = row_scores(trial, planted, draws, random_state)
        makeable = ~np.isneginf(of_planted)
        strange = int((~makeable).sum())
        references = _reference_scores(trial, training, max_rows, draws, random_state)
        if makeable.any() and len(references):
            exposure = Exposure.of(
                of_planted[makeable],
                references,
                planted=_found(planted[makeable], training, columns),
            )
        else:
            unmeasured.append(_why_no_exposure(trial, planted, makeable))
    return PrivacyEvidence(
        generator='teacher' if trial._model.student is None else 'student',
        training_rows=len(training),
        holdout_rows=len(strangers),
        synthetic_rows=len(synthetic),
        closest=closest_records(
            training,
            strangers,
            synthetic,
            columns,
            max_rows=max_rows,
            random_state=random_state,
        ),
        black_box=black_box(synthetic, members, others, columns),
        white_box=None if 2 * max(unmakeable) > size else Attack.of(*scores),
        unmakeable_training_rows=unmakeable[0],
        unmakeable_holdout_rows=unmakeable[1],
        canaries=exposure,
        unmakeable_canaries=strange,
        pictures=pictures,
        unmeasured=tuple(unmeasured),
        draws=int(draws),
        random_state=int(random_state),
    )


def _why_no_white_box(
    synthesizer: Fair4FreeSynthesizer,
    tables: tuple[pd.DataFrame, pd.DataFrame],
    unmakeable: list[int],
) -> str:
    """An attack that ranks most rows last, for a value that they have, finds out nothing."""
    rows = len(tables[0])
    return (
        'what somebody finds out who holds the file and asks how likely it makes a row. The file '
        f'does not list what {unmakeable[0]:,} of {rows:,} training rows and {unmakeable[1]:,} of '
        f'{rows:,} holdout rows say{_where(synthesizer, *tables)}: of more than half, the attack '
        'can tell that and nothing else. That is no sign of safety. Try again without such '
        'columns, or with rows that have known values there.'
    )


def _why_no_exposure(
    synthesizer: Fair4FreeSynthesizer, planted: pd.DataFrame, makeable: npt.NDArray[np.bool_]
) -> str:
    if makeable.any():
        return (
            'how far the canaries stand out. There is no training row that the generator can make '
            'to rank them with. That is no sign of safety.'
        )
    return (
        f'how far the canaries stand out. The file does not list what the {len(planted):,} planted '
        f'rows say{_where(synthesizer, planted)}, so that nothing is known of them. That is no '
        'sign of safety.'
    )


def _where(synthesizer: Fair4FreeSynthesizer, *tables: pd.DataFrame) -> str:
    """The columns that hold values without a code, in brackets."""
    names = sorted({name for table in tables for name in coded_rows(synthesizer, table).unknown})
    return f' (in {", ".join(map(repr, names))})' if names else ''


def _described(synthesizer: Fair4FreeSynthesizer) -> tuple[str, Columns]:
    """Name and modelled columns of the table that the user knows, before constraints."""
    ((name, entry),) = synthesizer.get_metadata().to_dict()['tables'].items()
    return str(name), modelled_columns(entry)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with names of columns as text, as SDV fits them, and a fresh index."""
    return table.rename(columns=str).reset_index(drop=True)


def _reference_scores(
    synthesizer: Fair4FreeSynthesizer,
    training: pd.DataFrame,
    number: int,
    draws: int,
    seed: int,
) -> Scores:
    """(number,) log probabilities of training rows with every column shuffled on its own."""
    rows = shuffled_columns(coded_rows(synthesizer, training).rows, number, seed)
    scores: Scores = log_likelihoods(synthesizer._model.generator, rows, draws, seed).numpy()
    return scores


def _found(canaries: pd.DataFrame, training: pd.DataFrame, columns: Columns) -> int:
    """How many canaries equal a training row in every column that is no key."""
    tables = {'canaries': canaries, 'training': training}
    plain, _, _ = read_tables(tables, comparable(columns), columns)
    planted, known = (pd.util.hash_pandas_object(table, index=False) for table in plain)
    return int(planted.isin(known).sum())


def _of_pictures(synthesizer: Fair4FreeSynthesizer, given: Mapping[str, Any]) -> list[str]:
    """Problems with the pictures of data and holdout."""
    picture = synthesizer._model.generator.schema.picture
    shape = None if picture is None else (picture.height, picture.width, picture.channels)
    with_them = [name for name, data in given.items() if isinstance(data, Pictures)]
    problems = [
        problem for name, data in given.items() for problem in picture_problems(name, data, shape)
    ]
    if len(with_them) == 1:
        problems.append(f'{with_them[0]} alone has pictures; give them with both, or with neither.')
    return problems


def _number_problems(
    num_rows: object, max_rows: object, draws: object, random_state: object
) -> list[str]:
    limits = {
        'num_rows': (num_rows, 1, 2**31),
        'max_rows': (max_rows, 2, 2**31),
        'draws': (draws, 1, MOST_DRAWS),
        'random_state': (random_state, 0, 2**62),
    }
    return [
        f'{name}={value!r} must be a whole number from {least:,} to {most:,}.'
        for name, (value, least, most) in limits.items()
        if not (name == 'num_rows' and value is None)
        and not (is_whole(value) and least <= value <= most)
    ]


def _table_problems(synthesizer: Any, data: Any, holdout: Any, canaries: Any) -> list[str]:
    if not isinstance(getattr(synthesizer, '_model', None), FairModel):
        return [
            f'synthesizer={synthesizer!r} must be a Fair4FreeSynthesizer that is fitted; fit it '
            'first.'
        ]
    name, columns = _described(synthesizer)
    if not comparable(columns):
        return ['The table has no column of numbers, dates or categories, so that no row is told.']
    if isinstance(canaries, pd.DataFrame):
        canaries = {name: canaries}
    given = {'data': data, 'holdout': holdout}
    if canaries is not None:
        given['canaries'] = canaries
    problems = []
    for argument, tables in given.items():
        if not isinstance(tables, Mapping) or not isinstance(tables.get(name), pd.DataFrame):
            problems.append(f"{argument} must be a dict of one table: {{'{name}': DataFrame}}.")
        elif tables[name].empty:
            problems.append(f'{argument} has no rows.')
        else:
            known = [*map(str, tables[name].columns)]
            problems += [
                f"{argument} has no column '{column}', which the synthesizer models."
                f'{nearest(column, {*known} - {*columns})}'
                for column in columns
                if str(column) not in known
            ]
    if not problems and data[name].equals(holdout[name]):
        problems.append(
            'holdout is the same table as data; give real rows that the synthesizer has not seen.'
        )
    return problems


__all__ = ['privacy_evidence']
