"""A pattern that is compiled when it is first used: hundreds are told of, and one reply needs few.

It stands where a constant `re.compile(...)` would, and has those methods of it that are used here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

__all__ = ["LazyPattern"]


class _Finds(Protocol):
    def __call__(self, string: str, pos: int = ..., endpos: int = ...) -> re.Match[str] | None: ...


class _FindsAll(Protocol):
    def __call__(self, string: str, pos: int = ..., endpos: int = ...) -> list[Any]: ...


class _Iterates(Protocol):
    def __call__(
        self, string: str, pos: int = ..., endpos: int = ...
    ) -> Iterator[re.Match[str]]: ...


class _Replaces(Protocol):
    def __call__(
        self, repl: str | Callable[[re.Match[str]], str], string: str, count: int = ...
    ) -> str: ...


class _Splits(Protocol):
    def __call__(self, string: str, maxsplit: int = ...) -> list[str | Any]: ...


class LazyPattern:
    """A constant of a module; every one that is made is kept for `compile_all`.

    Its methods are the compiled pattern's own, looked up once: a search costs what it would without
    this class.

    Args:
        pattern: As for `re.compile`, or what makes it, called at most once.
        flags: As for `re.compile`.
    """

    _made: ClassVar[list[LazyPattern]] = []

    match: _Finds
    fullmatch: _Finds
    search: _Finds
    findall: _FindsAll
    finditer: _Iterates
    sub: _Replaces
    split: _Splits

    def __init__(self, pattern: str | Callable[[], str], flags: int = 0) -> None:
        self._given = pattern
        self._flags = flags
        self._made.append(self)

    @classmethod
    def compile_all(cls) -> None:
        """Compile all that were made so far: before a fork, after which each process would."""
        for each in cls._made:
            each.compiled  # noqa: B018

    @cached_property
    def pattern(self) -> str:
        """What it is made from, in the syntax of `re`."""
        return self._given if isinstance(self._given, str) else self._given()

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """What `re` makes of it."""
        return re.compile(self.pattern, self._flags)

    if not TYPE_CHECKING:  # a type checker would take any name for an attribute

        def __getattr__(self, name: str) -> object:
            if name not in LazyPattern.__annotations__:
                raise AttributeError(name)
            method = self.__dict__[name] = getattr(self.compiled, name)
            return method
