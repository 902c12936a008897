"""What an arm began and has to wait for: an `await` that its author forgot is told by name."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import CORO_CREATED, getcoroutinestate
from typing import Any, TypeVar

__all__ = ["Begun", "noting"]

C = TypeVar("C", bound=type)


class Begun:
    """Coroutines that the methods of one answer's context returned."""

    def __init__(self) -> None:
        self._all: list[tuple[str, Coroutine[Any, Any, Any]]] = []

    def add(self, name: str, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Note what a method, of this name, returned."""
        self._all.append((name, coroutine))

    def close(self) -> tuple[str, ...]:
        """Close those that were never awaited, so that none runs later, and name their methods."""
        left = [one for one in self._all if getcoroutinestate(one[1]) == CORO_CREATED]
        for _, coroutine in left:
            coroutine.close()
        return tuple(name for name, _ in left)


def noting(**methods: str) -> Callable[[C], C]:
    """Note in `self.begun` what some asynchronous methods of a class return.

    Args:
        methods: Name of each -> how an author writes the call of it.
    """

    def noted(method: Callable[..., Coroutine[Any, Any, Any]], told: str) -> Callable[..., Any]:
        @wraps(method)
        def begin(self: Any, *given: Any, **named: Any) -> Coroutine[Any, Any, Any]:  # noqa: ANN401
            coroutine = method(self, *given, **named)
            self.begun.add(told, coroutine)
            return coroutine

        return begin

    def of(owner: C) -> C:
        for name, told in methods.items():
            setattr(owner, name, noted(getattr(owner, name), told))
        return owner

    return of
