"""No new privileges: nothing that this process starts can have more rights than it has."""

from __future__ import annotations

from typing import Final

from cgr_nb.confinement import libc

__all__ = ["forbid_new_privileges"]

_PR_SET_NO_NEW_PRIVS: Final = 38


def forbid_new_privileges() -> None:
    """Give up new privileges, as filters and rulesets demand.

    Raises:
        OSError: This system has no such thing.
    """
    if not libc.LINUX:
        raise OSError("not Linux")
    libc.call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
