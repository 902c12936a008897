"""What a run computes with: the machine, and the build of llama.cpp where that computes.

Batched sums of floating-point numbers, and those of different processors, builds or devices, may
round otherwise, and then a reply may be another one: so it is on record with each run, and calls
name their run.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable
from typing import Any

from cgr_nb.errors import CgrError
from cgr_nb.machine import cpu_features, cpu_model
from cgr_nb.models import build_info, machine_notes
from cgr_nb.records import ModelCard

__all__ = ["machine_facts"]

_ENGINE = "llama_cpp"


def machine_facts(cards: Iterable[ModelCard]) -> dict[str, Any]:
    """What replies of this machine depend on beside models and prompts, JSON-ready.

    Args:
        cards: Models that are asked.
    """
    machine: dict[str, Any] = {
        "host": platform.node(),
        "architecture": platform.machine(),
        "cpu": cpu_model(),
        "cpu_features": list(cpu_features()),
    }
    ours = [card for card in cards if card.backend == _ENGINE]
    if ours and (build := _build()) is not None:
        said = {card.name: card.options.get("n_gpu_layers") for card in ours}
        machine["llama_cpp"] = {
            "version": build["llama_cpp"],
            "compiler": build["compiler"],
            "features": build["system"],
            "devices": [gpu["name"] for gpu in build["devices"]] if build["gpu_offload"] else [],
            "gpu_layers": {name: layers for name, layers in said.items() if layers is not None},
        }
    notes = machine_notes() if ours else ()
    return {"machine": machine, **({"off on this machine": list(notes)} if notes else {})}


def _build() -> dict[str, Any] | None:
    """The build of llama.cpp; None where there is none: models say so when they are asked."""
    try:
        return build_info()
    except CgrError:
        return None
