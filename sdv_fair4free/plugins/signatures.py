"""What the functions of a plug-in must be like: those that would hear nothing are refused."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection
from typing import Any

from sdv_fair4free.plugins.hooks import PROJECT

PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
"""Parameters that can be given by place."""
MARK = '_impl'
"""What pluggy's markers end with; the name of their project comes before."""


def signature_problem(
    hook: str, function: Callable[..., Any], asked: Callable[..., Any]
) -> str | None:
    """Why a function cannot be called as a hook, or would not hear what it asks for.

    Args:
        hook: Its name.
        function: Of the plug-in, bound to it.
        asked: The hook as this package declares it.
    """
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return f"{hook} is declared with 'async def', but hooks are called and not awaited; use def"
    if inspect.isgeneratorfunction(function):
        return f'{hook} yields, so that it would not run when it is called; use return'
    if inspect.ismethod(function):
        first = next(iter(inspect.signature(function.__func__).parameters), '')
        if first in [*inspect.signature(asked).parameters][1:]:
            return f"{hook} lacks 'self': its '{first}' would be the plug-in itself"
    deaf = [
        str(parameter)
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind not in PLAIN or parameter.default is not parameter.empty
    ]
    if deaf:
        return (
            f'{hook} has the parameters {", ".join(deaf)}, which hear nothing: parameters of a '
            'hook are plain names, without stars and defaults, and none of them keyword-only'
        )
    return None


def unmarked(plugin: Any, hooks: Collection[str]) -> list[str]:
    """What stands under the name of a hook and is not marked as one: it would never be asked.

    Args:
        plugin: A module, or an object. What a module has imported does not count, nor what an
            object has inherited from a class of this package.
        hooks: Names of those that it does not answer.
    """
    found = {hook: _held(plugin, hook) for hook in hooks}
    problems = [_problem(hook, one) for hook, one in found.items() if _counts(plugin, one)]
    return [problem for problem in problems if problem]


def _held(plugin: Any, name: str) -> Any:
    """What stands under a name, in the plug-in or in its classes, without asking properties."""
    classes = [vars(each) for each in type(plugin).__mro__]
    places = [getattr(plugin, '__dict__', {}), *classes]
    return next((names[name] for names in places if name in names), None)


def _counts(plugin: Any, found: Any) -> bool:
    """Whether it looks like a hook of the plug-in's own."""
    if isinstance(found, functools.partial):
        return True
    home = str(getattr(found, '__module__', None))
    if inspect.ismodule(plugin):
        return callable(found) and home == plugin.__name__
    ours = home.partition('.')[0] == PROJECT
    return not ours and (callable(found) or hasattr(type(found), '__get__'))


def _problem(hook: str, found: Any) -> str | None:
    function = getattr(found, '__func__', found)  # of a method
    if not inspect.isfunction(function):
        return f'{hook} is a {type(function).__name__}, and only functions are asked'
    projects = [name.removesuffix(MARK) for name in vars(function) if name.endswith(MARK)]
    if PROJECT in projects:  # for a hook of another name
        return None
    if not projects:
        return f'{hook} is not marked'
    return f"{hook} is marked for the project '{projects[0]}', not for '{PROJECT}'"
