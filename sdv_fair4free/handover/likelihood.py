"""How likely a generator makes a row: what whoever holds its file can compute.

A row's codes have the probability p(s) E_u[p(x | u, s) p(y | u, s)], of which the expectation is
taken over draws of the latent. It is the law at fairness strength 0, the one that was fitted to the
real rows (but for what the heads cannot make up for of ``TeacherConfig.blur``); whoever holds the
file can choose the strength.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from rdt.transformers import LabelEncoder
from torch import Tensor

from sdv_fair4free.columns import Column
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.sensitive import SensitiveLaw
from sdv_fair4free.transformers import as_floats

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

NOTHING_MISSING = 'None'
"""What SDV's constraints say of a row in which none of their columns is missing."""
CELLS = 2**23
"""Numbers in one chunk of logits: 32 MiB."""


@dataclass(frozen=True, kw_only=True)
class CodedRows:
    """Real rows in the codes of a generator.

    Attributes:
        rows: The rows that have codes.
        has_codes: (rows given,) False where a value has none: a category that the fit never saw or
            that was taken out of the file, or nothing where there always was something. The
            generator cannot make such a row.
        unknown: By processed column, how many rows have such a value there; columns with none are
            left out.
    """

    rows: Rows
    has_codes: npt.NDArray[np.bool_]
    unknown: Mapping[str, int]


def coded_rows(synthesizer: Fair4FreeSynthesizer, table: pd.DataFrame) -> CodedRows:
    """Encode real rows as a fitted synthesizer would, without its random answer to the unknown.

    RDT's label encoders give an unknown category the label of some other; here its row has no
    codes. Numbers and dates outside the range seen count as its ends.

    Args:
        synthesizer: Fitted. Transformers of the user's choice may draw, and move their streams:
            give a copy where that matters.
        table: Rows with the columns that it models; keys are not needed.

    Returns:
        The codes of the rows that have some.
    """
    table = synthesizer._validate_transform_constraints(table.reset_index(drop=True))
    encoding = synthesizer._model.encoding
    columns = [*encoding.x, *encoding.s, *encoding.y]
    transformers = synthesizer._data_processor._hyper_transformer.field_transformers
    table = _with_missing_named(table, synthesizer._chained_constraints, transformers)
    known = np.ones(len(table), dtype=bool)
    unknown: Counter[str] = Counter()
    for name, transformer in transformers.items():
        if isinstance(transformer, LabelEncoder) and name in table:
            has_label = _has_label(table[name], transformer)
            unknown[str(name)] += int((~has_label).sum())
            known &= has_label
    # As conditions, so that SDV asks for no keys.
    table = _typed_as_fitted(table[known], transformers)
    processed = synthesizer._data_processor.transform(table, is_condition=True)
    told = np.ones(len(processed), dtype=bool)
    for column in columns:
        has_code = _has_code(processed[column.name], column)
        unknown[column.name] += int((~has_code).sum())
        told &= has_code
    known[np.flatnonzero(known)] = told
    return CodedRows(
        rows=encoding.rows(processed[told].reset_index(drop=True)),
        has_codes=known,
        unknown=+unknown,
    )


def _with_missing_named(
    table: pd.DataFrame, constraints: Sequence[Any], transformers: Mapping[Any, Any]
) -> pd.DataFrame:
    """Name what is missing in each row as the fit did.

    A constraint of SDV tells in a column of its own which of its columns are missing in a row. It
    leaves that column empty where no row of the table lacks anything, and says 'None' in the same
    rows if some other row does. Few rows must not be told otherwise than many.
    """
    for constraint in constraints:
        name = getattr(constraint, '_nan_column_name', None)
        if name not in table:
            continue
        encoder = transformers.get(name)
        if not isinstance(encoder, LabelEncoder):
            continue
        complete = table[name].isna() | (table[name] == NOTHING_MISSING)
        usual = NOTHING_MISSING if NOTHING_MISSING in encoder.categories_to_values else np.nan
        table = table.assign(**{str(name): table[name].astype(object).where(~complete, usual)})
    return table


def _typed_as_fitted(table: pd.DataFrame, transformers: Mapping[Any, Any]) -> pd.DataFrame:
    """Give columns whose missing values are pandas' own that type, as a table from CSV has none.

    RDT would not know these missing values by another name, and answer at random.
    """
    types = {
        name: transformer.dtype
        for name, transformer in transformers.items()
        if isinstance(transformer, LabelEncoder)
        and name in table
        and any(value is pd.NA for value in transformer.categories_to_values)
    }
    return table.astype(types)


def _has_label(values: pd.Series, transformer: LabelEncoder) -> npt.NDArray[np.bool_]:
    """(rows,) whether a label encoder has seen each value."""
    known = pd.Series([*transformer.categories_to_values], dtype=object)
    missing = values.isna().to_numpy()
    found = values.isin(known[known.notna()].tolist()).to_numpy()
    return np.asarray(np.where(missing, bool(known.isna().any()), found), dtype=bool)


def _has_code(values: pd.Series, column: Column) -> npt.NDArray[np.bool_]:
    """(rows,) whether a processed value can be told; of labels, see :func:`_has_label`."""
    if column.labels is not None:
        return column.labels.get_indexer(pd.Index(values.astype(object))) >= 0
    if not column.has_position:
        return np.ones(len(values), dtype=bool)
    numbers = as_floats(values)
    return ~np.isnan(numbers if column.quantiles is None else column.quantiles.encode(numbers))


@torch.no_grad()
def log_likelihoods(generator: RowGenerator, rows: Rows, draws: int = 64, seed: int = 0) -> Tensor:
    """Log probability of the codes of rows under a generator.

    The expectation over the latent is the mean over ``draws`` points of a scrambled Sobol sequence,
    carried to the Gaussian (randomised quasi-Monte Carlo, Owen 1997). They are the same for every
    row, so that the figure of a row depends on no other. The logarithm of a mean is low on average
    (Jensen), the less so the more draws.

    It is of codes: where inside its bin a number lies is not counted.

    Args:
        generator: Teacher or student, on the CPU.
        rows: The codes.
        draws: Points of the latent, at least 1; without a latent one does.
        seed: Of the points.

    Returns:
        (rows,) float64 in nats, at most 0; minus infinity for sensitive values whose crossing the
        generator does not make.
    """
    schema = generator.schema
    noise = _gaussian(schema.latent, draws, seed)
    tokens = schema.x.tokens + schema.y.tokens + schema.s.width + 1
    size = max(1, CELLS // (tokens * len(noise)))
    parts = [
        _log_sensitive(generator.law, rows.s[index])
        + _log_given_sensitive(generator, rows, index, noise)
        for index in torch.arange(len(rows)).split(size)
    ]
    return torch.cat([torch.zeros(0, dtype=torch.float64), *parts])


def _gaussian(latent: int, draws: int, seed: int) -> Tensor:
    """(draws, latent) evenly spread Gaussian points; one empty point without a latent."""
    if latent == 0:
        return torch.zeros(1, 0)
    points = torch.quasirandom.SobolEngine(latent, scramble=True, seed=seed)
    uniforms = points.draw(draws, dtype=torch.float64).clamp(1e-9, 1 - 1e-9)
    gaussian: Tensor = torch.special.ndtri(uniforms).float()
    return gaussian


def _log_sensitive(law: SensitiveLaw, codes: Tensor) -> Tensor:
    """(rows,) log p(s)."""
    values = codes[:, list(law.layout.categories)].long()
    same = (values[:, None] == law.groups[None]).all(2)
    log_share = (same.double() @ law.shares.double()).log()
    return log_share if law.decoder is None else log_share - law.loss(codes).double()


def _log_given_sensitive(
    generator: RowGenerator, rows: Rows, index: Tensor, noise: Tensor
) -> Tensor:
    """(rows,) log p(x, y | s): the mean over the (draws, latent) ``noise``."""
    schema, draws = generator.schema, len(noise)
    every = index.repeat_interleave(draws)
    s_marks, drawn = rows.marks(schema.s, every), noise.repeat(len(index), 1)
    u = generator.latents(drawn, s_marks, 0.0)
    x_at = schema.x.at(rows.x[every])
    # As rows are drawn: where x must not depend on s, it sees no latent that was carried by s.
    seen = u if schema.decoder_sees_s else drawn
    logits = generator.decoder(x_at, generator.context(seen, s_marks))
    log_p = -generator.decoder.negative_log_likelihood(logits, x_at).double()
    if generator.plain_head is not None:
        y_at = schema.y.at(rows.y[every])
        odds = generator.plain_head(y_at, torch.cat([u, s_marks], dim=1))
        log_p -= generator.plain_head.negative_log_likelihood(odds, y_at).double()
    return log_p.view(len(index), draws).logsumexp(1) - math.log(draws)
