"""What the functions of a plug-in must be like: those that would hear nothing are refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any

from sdv_fair4free.plugins.hooks import PROJECT

PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
MARK = '_impl'
"""What pluggy's markers end with; the name of their project comes before."""


def signature_problem(hook: str, function: Callable[..., Any]) -> str | None:
    """Why a function cannot be called as a hook, or would not hear what it asks for.

    Args:
        hook: Its name.
        function: Of the plug-in, bound to it.
    """
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return f"{hook} is declared with 'async def', but hooks are called and not awaited; use def"
    if inspect.isgeneratorfunction(function):
        return f'{hook} yields, so that it would not run when it is called; use return'
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
    """What is called as a hook is, and is not marked as one: it would never be asked.

    Args:
        plugin: A module, or an object. What it has inherited or imported does not count.
        hooks: Names of those that it does not answer.
    """
    own = {**vars(type(plugin)), **getattr(plugin, '__dict__', {})}
    if inspect.ismodule(plugin):
        own = {n: f for n, f in own.items() if getattr(f, '__module__', None) == plugin.__name__}
    return [_of_another(hook, own[hook]) for hook in hooks if inspect.isroutine(own.get(hook))]


def _of_another(hook: str, function: Any) -> str:
    function = getattr(function, '__func__', function)
    others = [name.removesuffix(MARK) for name in vars(function) if name.endswith(MARK)]
    if not others:
        return f'{hook} is not marked'
    return f"{hook} is marked for the project '{others[0]}', not for '{PROJECT}'"
