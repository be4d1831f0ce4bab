"""What plug-ins answer: each is asked by itself, so that one that fails can be named."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sdv_fair4free.plugins.built_in import kind_of
from sdv_fair4free.plugins.errors import PluginError
from sdv_fair4free.plugins.registry import BUILT_IN, Manager, manager

Made = TypeVar('Made')


@dataclass(frozen=True, kw_only=True)
class Provided:
    """Something that a plug-in provides.

    Attributes:
        name: Its name.
        thing: What it is.
        plugin: The name of the plug-in.
        question: The hook that it answers.
    """

    name: str
    thing: Any
    plugin: str
    question: str

    @property
    def built_in(self) -> bool:
        """Whether it is this package's own."""
        return self.plugin == BUILT_IN

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Name the plug-in in what goes wrong in this block."""
        if self.built_in:
            yield
            return
        with _blamed(self.plugin, f"'{self.name}' of {self.question}"):
            yield

    def guarded(self, function: Callable[..., Made]) -> Callable[..., Made]:
        """The function, with the plug-in named in what goes wrong in it."""
        if self.built_in:
            return function

        @functools.wraps(function)
        def named(*args: Any, **options: Any) -> Made:
            with self.blamed():
                return function(*args, **options)

        return named


@contextmanager
def _blamed(plugin: str, what: str) -> Iterator[None]:
    try:
        yield
    except PluginError:
        raise
    except Exception as error:
        raise PluginError(
            f"plug-in '{plugin}' failed in {what}: {type(error).__name__}: {error}"
        ) from error


def ask(question: str, asked: Manager | None = None, **told: Any) -> list[tuple[str, Any]]:
    """The answers to a question, with the names of the plug-ins, in the order they came in.

    Args:
        question: Name of the hook.
        asked: Whose plug-ins; None for those of this process.
        **told: What the hook tells them.

    Raises:
        PluginError: If one of them fails; it names it.
    """
    known = manager() if asked is None else asked
    everybody = known.list_name_plugin()
    answering = {implementation.plugin_name for implementation in _hook(known, question)}
    answers = []
    for name, plugin in everybody:
        if name not in answering:
            continue
        others = [other for _, other in everybody if other is not plugin and other is not None]
        alone = known.subset_hook_caller(question, others)
        with _blamed(name, question):
            answers += [(name, answer) for answer in alone(**told)]
    return answers


def _hook(known: Manager, question: str) -> list[Any]:
    return list(getattr(known.hook, question).get_hookimpls())


def provided(question: str, asked: Manager | None = None) -> dict[str, Provided]:
    """Everything that plug-ins provide in answer to a question, what is built in first.

    Args:
        question: Name of the hook.
        asked: Whose plug-ins; None for those of this process.

    Raises:
        PluginError: If one of them fails or answers something else, or two take one name.
    """
    found: dict[str, Provided] = {}
    for plugin, answer in ask(question, asked):
        if not isinstance(answer, Mapping) or not all(isinstance(name, str) for name in answer):
            raise PluginError(
                f"plug-in '{plugin}' answers {question} with {answer!r}; it must be a mapping from "
                'names.'
            )
        for name, thing in answer.items():
            if name in found:
                raise PluginError(
                    f"plug-ins '{found[name].plugin}' and '{plugin}' both provide '{name}' in "
                    f'{question}: have one of them take another name, or unregister one.'
                )
            wrong = _wrong(question, thing)
            if wrong:
                raise PluginError(
                    f"plug-in '{plugin}' provides '{name}' in {question}, which is {thing!r}; it "
                    f'must be {wrong}.'
                )
            found[name] = Provided(name=name, thing=thing, plugin=plugin, question=question)
    return found


def chosen(question: str, name: str) -> Provided:
    """What is provided under a name.

    Args:
        question: Name of the hook.
        name: Chosen by the user.

    Raises:
        PluginError: If there is none of that name, or a plug-in fails.
    """
    found = provided(question)
    if name not in found:
        raise PluginError(
            f"'{name}' is not among what plug-ins answer to {question}: {', '.join(found)}. "
            '`sdv-fair4free plugins` tells which are active.'
        )
    return found[name]


def names_of(question: str) -> list[str]:
    """The names in which a question is answered."""
    return list(provided(question))


def _wrong(question: str, thing: object) -> str:
    """What the thing should be, if it is not."""
    kind = kind_of(question)
    if kind is None:
        return '' if callable(thing) else 'a function'
    return '' if isinstance(thing, kind) else f'a {kind.__module__}.{kind.__qualname__}'
