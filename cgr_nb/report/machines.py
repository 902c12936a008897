"""On what machines the replies of a study were computed, where that may matter.

Sums of floating-point numbers round otherwise with another build of llama.cpp, another processor or
another device, and at times a reply is another one. Whether it was, only calls that were made on
both can say: those of items that two shards answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgr_nb.store import Store
from cgr_nb.store.machines import RunCalls, overlaps, run_calls

__all__ = ["machine_lines", "machine_remarks"]

_ENGINE = "llama_cpp"
_Kind = tuple[tuple[str, str], ...]
_NOT_TOLD = "not on record"


def machine_lines(store: Store) -> list[str]:
    """Each kind of machine that computed replies, with how many; none where none is on record."""
    kinds = _kinds(store)
    if not any(kind for kind in kinds):
        return []
    return [
        f"{_kind_words(kind)}: {sum(one.calls for one in ours):,} calls in"
        f" {len({one.run for one in ours}):,} runs"
        + (f" on {hosts} hosts" if (hosts := len(_hosts(ours))) > 1 else "")
        for kind, ours in kinds.items()
    ]


def machine_remarks(store: Store) -> list[str]:
    """What a reader should know: that arithmetic differed within the study, and on how many replies
    two machines disagreed. One line each; none where nothing is to be said."""
    by_model: dict[str, dict[_Kind, int]] = {}
    for kind, ours in _kinds(store).items():
        for one in ours if kind else ():
            counts = by_model.setdefault(one.model, {})
            counts[kind] = counts.get(kind, 0) + one.calls
    mixed = {model: counts for model, counts in by_model.items() if len(counts) > 1}
    twice = overlaps(store)
    lines = [
        f"model '{model}': replies were computed on {len(counts)} kinds of machine, whose"
        " floating-point arithmetic may differ: they differ in "
        + ", ".join(_differing(list(counts)))
        for model, counts in sorted(mixed.items())
    ]
    calls = sum(one.calls for one in twice)
    if calls:
        differing, scores = (
            sum(getattr(one, name) for one in twice) for name in ("differing", "scores")
        )
        lines.append(
            f"{calls:,} calls were made by two runs each: {differing:,} replies differ"
            f" ({differing / calls:.2%})"
            + (f", and scores of choices of {scores:,} more" if scores else "")
            + "; the first one counts"
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
    for one in run_calls(store):
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


def _differing(kinds: list[_Kind]) -> list[str]:
    """What some of these differ in."""
    first = dict(kinds[0])
    return [name for name in first if len({dict(kind)[name] for kind in kinds}) > 1]


def _kind_words(kind: _Kind) -> str:
    if not kind:
        return f"machine {_NOT_TOLD}"
    told = dict(kind)
    return (
        f"{told['llama.cpp build']}, {told['devices']}, {told['architecture']}"
        f" ({told['CPU features']})"
    )


def _hosts(calls: list[RunCalls]) -> set[str]:
    return {str(one.facts.get("machine", {}).get("host")) for one in calls}
