"""On what machines the replies of a study were computed, where that may matter.

Sums of floating-point numbers round otherwise with another build of llama.cpp, another processor or
another device, and at times a reply is another one. Whether it was, only calls that were made on
both can say: those of items that two shards answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cgr_nb.store import Store
from cgr_nb.store.machines import RunCalls, overlaps, run_calls
from cgr_nb.store.merged import Overlap

__all__ = ["Machines", "read_machines"]

_ENGINE = "llama_cpp"
_Kind = tuple[tuple[str, str], ...]
_NOT_TOLD = "not on record"


@dataclass(frozen=True, slots=True)
class Machines:
    """What computed the replies of a study."""

    lines: list[str]
    """Each kind of machine, with how many calls; none where none is on record."""
    remarks: list[str]
    """What a reader should know: that arithmetic differed within the study, and on how many replies
    two machines disagreed. None where nothing is to be said."""


def read_machines(store: Store) -> Machines:
    """Read what computed the replies of a study, those of servers left out."""
    kinds = _kinds(store)
    lines = [
        f"{_kind_words(kind)}: {_count(sum(one.calls for one in ours), 'call')} in"
        f" {_count(len({one.run for one in ours}), 'run')}"
        + (f" on {hosts} hosts" if (hosts := len(_hosts(ours))) > 1 else "")
        for kind, ours in kinds.items()
    ]
    return Machines(lines if any(kinds) else [], _remarks(kinds, overlaps(store)))


def _remarks(kinds: Mapping[_Kind, list[RunCalls]], twice: Sequence[Overlap]) -> list[str]:
    by_model: dict[str, set[_Kind]] = {}
    for kind, ours in kinds.items():
        for one in ours if kind else ():
            by_model.setdefault(one.model, set()).add(kind)
    mixed = {model: found for model, found in by_model.items() if len(found) > 1}
    lines = [
        f"model '{model}': replies were computed on {len(found)} kinds of machine, whose"
        f" floating-point arithmetic may differ: they differ in {', '.join(_differing(found))}"
        for model, found in sorted(mixed.items())
    ]
    if calls := sum(one.calls for one in twice):
        differing, scores = (
            sum(getattr(one, name) for one in twice) for name in ("differing", "scores")
        )
        lines.append(
            f"calls made independently by two runs: {calls:,}; differing replies:"
            f" {differing:,} ({differing / calls:.2%})"
            + (f", scores of choices that differ: {scores:,} more" if scores else "")
            + "; the first reply is used"
        )
    elif mixed:
        lines.append(
            "no call was made on two of these machines, so how often they disagree is not known"
            " (cgr-nb study run --shard ... --overlap 0.01)"
        )
    return lines


def _kinds(store: Store) -> dict[_Kind, list[RunCalls]]:
    """What computed alike -> its calls; empty key: what that was is not on record."""
    names = {card.name for card in store.models() if card.backend == _ENGINE}
    found: dict[_Kind, list[RunCalls]] = {}
    for one in run_calls(store) if names else ():
        if one.model in names:
            found.setdefault(_kind(one.facts), []).append(one)
    return found


def _kind(facts: Mapping[str, Any]) -> _Kind:
    """All that arithmetic depends on, as far as it is on record."""
    machine = facts.get("machine")
    if not isinstance(machine, Mapping):
        return ()
    build = machine.get(_ENGINE)
    build = build if isinstance(build, Mapping) else {}
    off = facts.get("off on this machine") or ()
    told = {
        "llama.cpp build": f"llama-cpp-python {build.get('version', _NOT_TOLD)}",
        "compiler": build.get("compiler"),
        "build features": build.get("features"),
        "architecture": machine.get("architecture"),
        "CPU features": " ".join(machine.get("cpu_features") or ()),
        "devices": ", ".join(build.get("devices") or ()) or "CPU only",
        "layers on devices": ", ".join(
            f"{name} {count}" for name, count in sorted((build.get("gpu_layers") or {}).items())
        ),
        "extra buffers": "disabled" if off else "as built",
    }
    return tuple((name, str(value or _NOT_TOLD)) for name, value in told.items())


def _differing(kinds: Collection[_Kind]) -> list[str]:
    """What some of these differ in."""
    names = [name for name, _ in next(iter(kinds))]
    return [name for name in names if len({dict(kind)[name] for kind in kinds}) > 1]


def _kind_words(kind: _Kind) -> str:
    if not kind:
        return f"machine {_NOT_TOLD}"
    told = dict(kind)
    return (
        f"{told['llama.cpp build']}, {told['devices']}, {told['architecture']}"
        f" ({told['CPU features']})"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + "s" * (number != 1)


def _hosts(calls: list[RunCalls]) -> set[str]:
    return {str(one.facts.get("machine", {}).get("host")) for one in calls}
