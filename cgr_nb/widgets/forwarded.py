"""A panel's commands that one of its parts carries out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

__all__ = ["forwarded"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


def forwarded(
    part: str, method: Callable[Concatenate[Any, _P], _R]
) -> Callable[Concatenate[Any, _P], _R]:
    """A method that calls a part's method of the same arguments, and is documented as that is.

    Args:
        part: Attribute of the panel that holds the part.
        method: Of the part's class.
    """

    @wraps(method)
    def forward(panel: Any, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:  # noqa: ANN401
        return method(getattr(panel, part), *args, **kwargs)

    return forward
