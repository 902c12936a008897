"""How a card wants its engine: mode, sequences at once, threads, batch, GPU layers.

`exact` computes one reply at a time, so a reply depends on model, prompt, sampling and seed and on
nothing else. `batched` computes many in one batch: sums round differently with the shape of a
batch, so now and then a reply differs from the exact one, and from itself in other company. `auto`
(the default) is `exact` for the bundled tiny models and `batched` for all others; what it came to
is part of a model's identity (see `ModelCard.mode`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from cgr_nb.errors import ModelError, did_you_mean
from cgr_nb.machine import physical_cores
from cgr_nb.models.known_templates import stop_texts
from cgr_nb.records import Mode, ModelCard

__all__ = ["NAMES", "EngineOptions", "Mode"]

_MODES = ("auto", *get_args(Mode))
_PARALLEL = 16
_MOST_PARALLEL = 64
_BATCH = 512
_NUMBERS = {
    "n_threads": 1024,
    "n_gpu_layers": 10_000,
    "n_batch": 8192,
    "parallel": _MOST_PARALLEL,
    "think_tokens": 1 << 20,
}
"""Options that are whole numbers, and the most they can be."""
NAMES = (*_NUMBERS, "mode", "template", "chat_template")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Checked options of one engine."""

    mode: Mode
    parallel: int
    """Most sequences at work at once; 1 in exact mode."""
    threads: int
    """Most threads that compute a batch."""
    batch: int
    """Most tokens computed at once."""
    gpu_layers: int | None
    """Layers on a GPU; None for all where the build can offload, else none."""
    window: int
    """Context window: tokens of prompt and reply together."""
    template: Mapping[str, Any] = field(default_factory=dict)
    """Arguments for the chat template."""
    fixed_threads: bool = True
    """The number is the user's; else fewer compute where they are faster (see `threads`)."""
    stop: tuple[str, ...] = ()
    """Texts that end every reply, beside those of its sampling."""
    think_tokens: int | None = None
    """Most tokens of a thought, beside `max_tokens`, which is then for the answer; a thought that
    reaches it is closed. None: thoughts and answer share `max_tokens`."""

    @classmethod
    def of(cls, card: ModelCard) -> EngineOptions:
        """Read the options of a card.

        Raises:
            ModelError: One is unknown or outside its range.
        """
        options = card.options
        for name, value in options.items():
            _check(card.name, name, value)
        mode = card.mode
        parallel = int(options.get("parallel", 1 if mode == "exact" else _PARALLEL))
        if mode == "exact" and parallel > 1:
            raise ModelError(
                "exact mode computes one reply at a time",
                where=f"model '{card.name}'",
                got=f"parallel = {parallel}",
                fix="leave parallel out, or set mode to 'batched'",
            )
        return cls(
            mode=mode,
            parallel=parallel,
            threads=int(options.get("n_threads") or physical_cores()),
            fixed_threads=bool(options.get("n_threads")),
            batch=min(int(options.get("n_batch", _BATCH)), card.context_tokens),
            gpu_layers=options.get("n_gpu_layers"),
            window=card.context_tokens,
            template=options.get("template") or {},
            stop=stop_texts(card),
            think_tokens=options.get("think_tokens"),
        )


def _check(model: str, name: str, value: object) -> None:
    where = f"model '{model}'"
    if name not in NAMES:
        raise ModelError(f"unknown option {name!r}", where=where, fix=did_you_mean(name, NAMES))
    if name == "mode" and value not in _MODES:
        raise ModelError(
            "mode is 'exact', 'batched' or 'auto'",
            where=where,
            got=repr(value),
            fix="it was called 'fast' before: write 'batched'" if value == "fast" else None,
        )
    if name == "template" and not isinstance(value, Mapping):
        raise ModelError(
            "template holds arguments for the chat template",
            where=where,
            got=repr(value)[:80],
            fix="a template itself is named by chat_template",
        )
    if name == "chat_template" and not (isinstance(value, str) and value):
        raise ModelError("chat_template is a name or a file", where=where, got=repr(value)[:80])
    if name in _NUMBERS:
        least = 0 if name in ("n_gpu_layers", "n_threads", "think_tokens") else 1
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not least <= int(str(value)) <= _NUMBERS[name]:
            raise ModelError(
                f"{name} must be a whole number from {least} to {_NUMBERS[name]}",
                where=where,
                got=repr(value),
            )
