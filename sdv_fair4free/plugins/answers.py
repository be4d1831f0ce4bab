"""What plug-ins answer: each is asked by itself, so that one that fails can be named."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sdv_fair4free.plugins.built_in import kind_of
from sdv_fair4free.plugins.errors import PluginError
from sdv_fair4free.plugins.registry import BUILT_IN, Manager, manager
from sdv_fair4free.plugins.spoken import said, shown

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
    def blamed(self, *others: type[Exception]) -> Iterator[None]:
        """Name the plug-in in what goes wrong in this block.

        Args:
            *others: Errors that are not its own, and stay as they are.
        """
        if self.built_in:
            yield
            return
        with blamed(self.plugin, f"'{self.name}' of {self.question}", *others):
            yield

    def guarded(
        self, function: Callable[..., Made], problem: Callable[..., str | None] | None = None
    ) -> Callable[..., Made]:
        """The function, with the plug-in named in what goes wrong in it.

        Args:
            function: Of the plug-in.
            problem: From what it gave and its arguments to what is wrong with it, or None.
        """
        if self.built_in:
            return function

        @functools.wraps(function)
        def named(*args: Any, **options: Any) -> Made:
            with self.blamed():
                made = function(*args, **options)
                wrong = None if problem is None else problem(made, *args)
                if wrong:
                    raise TypeError(f'it gives {shown(made)}, which must be {wrong}')
            return made

        return named


@contextmanager
def blamed(plugin: str, what: str, *others: type[Exception]) -> Iterator[None]:
    """Name a plug-in in what goes wrong in this block.

    Args:
        plugin: Its name.
        what: Of what it does.
        *others: Errors that are not its own, and stay as they are.
    """
    try:
        yield
    except (PluginError, *others):
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(f"plug-in '{plugin}' failed in {what}: {said(error)}") from error


def ask(
    question: str, problem: Callable[[object], str | None] | None = None, /, **told: Any
) -> list[Any]:
    """The answers of all plug-ins to a question, in the order in which they came in.

    Args:
        question: Name of the hook.
        problem: From an answer to what it must be, or None where it is that.
        **told: What the hook tells them; each has a copy of its own.

    Raises:
        PluginError: If some fail or answer something else, after all have been asked; it names
            them.
    """
    answers, failures = _answers(manager(), question, told)
    for plugin, answer in answers:
        wrong = None if problem is None else problem(answer)
        if wrong:
            failures.append(
                PluginError(
                    f"plug-in '{plugin}' answers {question} with {shown(answer)}; it must be "
                    f'{wrong}.'
                )
            )
    _raise(failures)
    return [answer for _, answer in answers]


def _raise(problems: Sequence[PluginError]) -> None:
    """Raise all there is, if there is anything."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise PluginError('\n'.join(map(str, problems))) from problems[0]


def _answers(
    asked: Manager, question: str, told: Mapping[str, Any]
) -> tuple[list[tuple[str, Any]], list[PluginError]]:
    """By plug-in the answers that are not None, and what went wrong."""
    answers, failures = [], []
    for found in getattr(asked.hook, question).get_hookimpls():
        try:
            with blamed(found.plugin_name, question):
                answer = found.function(*(copy.copy(told[name]) for name in found.argnames))
        except PluginError as error:
            failures.append(error)
            continue
        if answer is not None:
            answers.append((found.plugin_name, answer))
    return answers, failures


def gathered(question: str, asked: Manager) -> tuple[dict[str, Provided], list[PluginError]]:
    """What plug-ins provide in answer to a question, what is built in first; and what is wrong.

    Args:
        question: Name of the hook.
        asked: Whose plug-ins.
    """
    answers, problems = _answers(asked, question, {})
    found: dict[str, Provided] = {}
    for plugin, answer in answers:
        if not isinstance(answer, Mapping) or not all(isinstance(name, str) for name in answer):
            told = f"plug-in '{plugin}' answers {question} with {shown(answer)}; it must be a "
            problems.append(PluginError(f'{told}mapping from names.'))
            continue
        for name, thing in answer.items():
            wrong = _wrong(question, thing)
            if not name.strip():
                problems.append(
                    PluginError(
                        f"plug-in '{plugin}' provides something in {question} without a name."
                    )
                )
            elif name in found:
                told = f"plug-ins '{found[name].plugin}' and '{plugin}' both provide '{name}' in "
                told += f'{question}: have one of them take another name, or unregister one.'
                problems.append(PluginError(told))
            elif wrong:
                told = f"plug-in '{plugin}' provides '{name}' in {question}, which is "
                problems.append(PluginError(f'{told}{shown(thing)}; it must be {wrong}.'))
            else:
                found[name] = Provided(name=name, thing=thing, plugin=plugin, question=question)
    return found, problems


def provided(question: str) -> dict[str, Provided]:
    """Everything that plug-ins provide in answer to a question, what is built in first.

    Args:
        question: Name of the hook.

    Raises:
        PluginError: Listing all that fail or answer something else, and names that two take.
    """
    found, problems = gathered(question, manager())
    _raise(problems)
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
        from sdv_fair4free.validation import nearest  # which asks plug-ins itself

        raise PluginError(
            f"'{name}' is not among what plug-ins answer to {question}: {', '.join(found)}."
            f'{nearest(name, found)} `sdv-fair4free plugins` tells which are active.'
        )
    return found[name]


def names_of(question: str) -> list[str]:
    """The names in which a question is answered, what is built in first.

    Args:
        question: Name of the hook.

    Raises:
        PluginError: If a plug-in fails or answers something else, or two take a name.
    """
    return list(provided(question))


def _wrong(question: str, thing: object) -> str:
    """What the thing should be, if it is not."""
    kind = kind_of(question)
    if kind is None:
        return '' if callable(thing) else 'a function'
    return '' if isinstance(thing, kind) else f'a {kind.__module__}.{kind.__qualname__}'
