"""Every error the package raises on purpose: one small tree, fields attached, picklable.

A message says what went wrong, where, what was found and how to fix it. The CLI prints it as one
line and exits with code 2; a traceback that reaches a user is a bug.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "CallFailed",
    "CgrError",
    "ConfigError",
    "ContextOverflow",
    "IsolationError",
    "ItemError",
    "ModelDown",
    "ModelError",
    "ProgramMissing",
    "PromptError",
    "ReplayMiss",
    "RequestError",
    "StoreBusy",
    "StoreError",
    "did_you_mean",
]

_LONGEST_NAME = 200
"""Characters of a name that the nearest known one is looked for by: it takes their square."""


class CgrError(Exception):
    """Base of all expected errors.

    Args:
        what: What went wrong, in one clause.
        where: File, line, key or object it happened at.
        got: What was found there.
        fix: What the reader can do about it.
    """

    def __init__(
        self, what: str, *, where: str | None = None, got: str | None = None, fix: str | None = None
    ) -> None:
        self.what = what
        self.where = where
        self.got = got
        self.fix = fix
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.got is not None:
            text += f" (got {self.got})"
        if self.fix is not None:
            text += f"; {self.fix}"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        # Exception's own reduce would drop the keyword fields on the way between processes.
        return _rebuild, (type(self), self.what, self.where, self.got, self.fix)


def _rebuild(
    kind: type[CgrError], what: str, where: str | None, got: str | None, fix: str | None
) -> CgrError:
    return kind(what, where=where, got=got, fix=fix)


class ItemError(CgrError):
    """An item file can't be read at all. (A single bad row is a rejection, not an error.)"""


class PromptError(CgrError):
    """A prompt template is missing, malformed or asks for a field an item does not have."""


class ModelError(CgrError):
    """A model is unknown, missing, corrupt, or can't do what is asked of it."""


class CallFailed(ModelError):
    """One call got no usable reply, whatever was tried. Nothing is recorded; another call, or the
    same one later, may do better."""


class ModelDown(ModelError):
    """So many calls in a row failed that the run ended. A later one may do better."""


class ProgramMissing(CallFailed):
    """A program that comes from elsewhere is not here yet. No fault of a model: it never stops a
    run, and the next one looks again."""


class RequestError(ModelError):
    """This one request can't be served (its choices, its length); the model can serve others."""


class ContextOverflow(RequestError):
    """Prompt and reply do not fit the model's context window. Never cut silently."""


class ReplayMiss(ModelError):
    """A replaying model was asked something that is not on record."""


class IsolationError(CgrError):
    """The sandbox can't give the isolation that is demanded on this machine."""


class ConfigError(CgrError):
    """A study's configuration is wrong."""


class StoreError(CgrError):
    """A study folder is missing, from another schema version, damaged or in use."""


class StoreBusy(StoreError):
    """Another process is writing to a study folder. It may be done later."""


def did_you_mean(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """What to do about a name that is not known: the nearest one, or those that there are.

    Args:
        name: As it was given.
        known: The names that there are.
        cutoff: How alike the nearest must be, 0 to 1.
    """
    names = sorted(known)
    close = get_close_matches(name[:_LONGEST_NAME], names, n=1, cutoff=cutoff)
    if close:
        return f"did you mean {close[0]!r}?"
    listed = ", ".join(names[:20]) or "none"
    return f"there are {listed}" + (", ..." if len(names) > 20 else "")
