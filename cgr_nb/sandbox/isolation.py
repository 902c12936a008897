"""Which isolation is in force on this machine, found by trying, and told in words.

strict   system calls filtered and files closed but for the interpreter's own, each by a wall of
its own partial  one of the two walls is missing; files, writing and network are still closed to
programs limits   only a process of its own with limits on CPU, memory and time: run only programs
you trust
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from cgr_nb.errors import IsolationError

__all__ = ["LEVELS", "IsolationReport", "Level", "from_facts", "require"]

Level = Literal["strict", "partial", "limits"]
LEVELS: Final[tuple[Level, ...]] = ("strict", "partial", "limits")
"""Strongest first."""

_ALWAYS = (
    "a process of its own per program, with limits on CPU, wall time, memory, output and calls"
)
_PARTIAL_DEEDS = ("read files", "write files", "use the network")


@dataclass(frozen=True, slots=True)
class IsolationReport:
    """What stands between a program and this machine."""

    level: Level
    in_force: tuple[str, ...]
    """What is in force, in words."""
    missing: tuple[str, ...]
    """What is not, and why, in words; empty when nothing is."""

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [f"isolation: {self.level}"]
        lines += [f"  in force: {text}" for text in self.in_force]
        lines += [f"  missing: {text}" for text in self.missing]
        return "\n".join(lines)


def from_facts(facts: dict[str, Any]) -> IsolationReport:
    """Judge what a worker told of itself when it started."""
    reasons = facts["missing"]
    in_force, missing = [_ALWAYS], []
    layers = (
        ("seccomp", facts["seccomp"], "seccomp: system calls outside a short list fail"),
        (
            "landlock",
            facts["landlock"],
            f"Landlock (version {facts['landlock']}): only the interpreter's own files can be read",
        ),
        (
            "namespaces",
            facts["namespaces"],
            "namespaces: no network devices, no view of other processes, all end with the worker",
        ),
        ("threads", facts["threads"], f"a program starts no more than {facts['threads']} threads"),
    )
    for name, present, words in layers:
        if present:
            in_force.append(words)
        else:
            missing.append(f"{name} ({reasons.get(name, 'not found')})")
    if facts["seccomp"] and not facts["landlock"]:
        in_force.append("seccomp also closes every file: what is not preloaded can't be imported")
    held = facts["held"]
    missing += [f"a program is able to {deed}" for deed, holds in held.items() if not holds]
    if facts["seccomp"] and facts["landlock"] and all(held.values()):
        level: Level = "strict"
    elif all(held[deed] for deed in _PARTIAL_DEEDS):
        level = "partial"
    else:
        level = "limits"
    return IsolationReport(level, tuple(in_force), tuple(missing))


def require(report: IsolationReport, minimum: Level) -> None:
    """Refuse a level below the one demanded.

    Raises:
        IsolationError: It is below.
    """
    if LEVELS.index(report.level) > LEVELS.index(minimum):
        raise IsolationError(
            f"programs can't be isolated as required: {minimum!r}",
            where="sandbox",
            got=f"{report.level!r}; missing: {', '.join(report.missing)}",
            fix="run on Linux 5.13 or newer with seccomp and Landlock, or ask for a lower level",
        )
