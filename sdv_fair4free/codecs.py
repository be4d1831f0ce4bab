"""Column codecs: which transformer makes a column one that can be learnt, and brings it back."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rdt.errors import TransformerInputError
from rdt.transformers import BaseTransformer

from sdv_fair4free.labels import CategoryEncoder, OrdinalLabelEncoder
from sdv_fair4free.plugins import PluginError, provided
from sdv_fair4free.plugins.spoken import said, shown
from sdv_fair4free.transformers import DatetimeTokenizer, QuantileTokenizer

Described = Mapping[str, Any]
"""What the metadata say of a column: ``sdtype``, and what else there is."""


@dataclass(frozen=True, kw_only=True)
class ColumnCodec:
    """How columns of some kind become columns that can be learnt, and come back.

    A transformer of RDT does the work. It may make several columns of one; numbers are then learnt
    by their quantiles and anything else as categories. It is fitted to the real values, so that
    real values may come back: a codec decides that a column is learnt which SDV would make up.

    Attributes:
        sdtypes: Of the columns that it may be for.
        make: From the name of a column and what the metadata say of it to a new transformer that is
            not fitted; None if it is not for this column.

    Raises:
        ValueError: If either is something else.
    """

    sdtypes: tuple[str, ...]
    make: Callable[[str, Described], BaseTransformer | None]

    def __post_init__(self) -> None:
        names = isinstance(self.sdtypes, tuple) and all(isinstance(s, str) for s in self.sdtypes)
        if not names or not callable(self.make):
            raise ValueError('sdtypes must be a tuple of names, and make a function')


def _usual(transformer: Callable[[], BaseTransformer], *sdtypes: str) -> ColumnCodec:
    return ColumnCodec(sdtypes=sdtypes, make=lambda name, described: transformer())


CODECS: dict[str, ColumnCodec] = {
    'quantiles': _usual(QuantileTokenizer, 'numerical'),
    'dates': _usual(DatetimeTokenizer, 'datetime'),
    'labels': _usual(CategoryEncoder, 'categorical', 'boolean'),
    'ordered labels': _usual(OrdinalLabelEncoder, 'ordinal'),
}
"""Those that are built in."""


_MARK = '_codec_of_plugin'
"""Of a transformer, where its codec is a plug-in's: a text, which copies and pickles carry."""


def usual_transformers() -> dict[str, BaseTransformer]:
    """The transformer of each sdtype where no plug-in wants a column.

    Those built in, without a question to plug-ins: SDV has to know them when the synthesizer is
    imported, which a plug-in may do while it is loaded itself.
    """
    return {
        sdtype: codec.make('', {'sdtype': sdtype})
        for codec in CODECS.values()
        for sdtype in codec.sdtypes
    }


def codec_for(name: str, described: Described) -> tuple[str, BaseTransformer] | None:
    """Who wants a column, and the transformer for it; None if no plug-in does.

    Args:
        name: Of the column.
        described: What the metadata say of it.

    Raises:
        PluginError: If a plug-in fails, answers something else, or two want the column.
    """
    wanted = {}
    for entry in provided('column_codecs').values():
        if entry.built_in or described.get('sdtype') not in entry.thing.sdtypes:
            continue
        made = entry.guarded(entry.thing.make)(name, described)
        if made is None:
            continue
        if not isinstance(made, BaseTransformer):
            raise PluginError(
                f"plug-in '{entry.plugin}' has codec '{entry.name}' make {shown(made)} for "
                f"column '{name}'; it must be a transformer of RDT, or None."
            )
        if _MARK in vars(made) or getattr(made, 'columns', None) is not None:
            raise PluginError(
                f"plug-in '{entry.plugin}' has codec '{entry.name}' make a transformer for column "
                f"'{name}' that it made before, or that is fitted: what is learnt of one table or "
                'column would take the place of what was learnt of another. Make a new one in each '
                'call.'
            )
        who = f"'{entry.name}' of plug-in '{entry.plugin}'"
        setattr(made, _MARK, f"column '{name}': codec {who}")
        wanted[who] = made
    if len(wanted) > 1:
        raise PluginError(
            f"column '{name}' is wanted by several codecs: {', '.join(wanted)}. Unregister all but "
            'one of them.'
        )
    return next(iter(wanted.items()), None)


@contextmanager
def codecs_named() -> Iterator[None]:
    """Name column, codec and plug-in in what goes wrong in this block in a plug-in's transformer.

    Nothing stands between SDV and the transformer: it is looked for among those who were at work.

    Raises:
        PluginError: If a plug-in's transformer fails.
        TransformerInputError: If it refuses what it is given.
    """
    try:
        yield
    except PluginError:
        raise
    except (Exception, SystemExit) as error:
        codec = _at_work(error)
        if codec is None:
            raise
        if isinstance(error, TransformerInputError):
            raise TransformerInputError(f'{codec} refuses what it is given: {error}') from error
        raise PluginError(f'{codec} failed: {said(error)}') from error


def _at_work(error: BaseException) -> str | None:
    """The codec of a plug-in in whose transformer an error was raised; None if in none."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        worker = frame.f_locals.get('self')
        if isinstance(worker, BaseTransformer) and _MARK in vars(worker):
            return str(getattr(worker, _MARK))
    return None
