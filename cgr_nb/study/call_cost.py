"""What one call of a model takes, before a study has made any: tokens, seconds, and what they are
taken from.

    on record   other calls of this study, as they were
    measured    a model with weights: rates of a short prompt and a few tokens, prompts counted by
                its own tokeniser; replies as long as they may be
    one call    a model behind a server, or a script: one call, which is not kept
    file        what the weight file says of its size, and this machine's pace as numpy sees it
    assumed     the lengths of other calls
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cgr_nb.arms.requests import Request
from cgr_nb.errors import ModelError, RequestError
from cgr_nb.models import ModelPool
from cgr_nb.models.arithmetic import Speed, measure_speed
from cgr_nb.models.endpoint_options import without_retries
from cgr_nb.models.gguf_parts import read_weights_head
from cgr_nb.models.llama import LlamaModel
from cgr_nb.models.rates import Rates
from cgr_nb.models.replica import ServerState
from cgr_nb.models.replicated import ReplicatedModel
from cgr_nb.models.think_budget import tokens_for_thoughts
from cgr_nb.models.weights import find_weights
from cgr_nb.records import Mode, ModelCard
from cgr_nb.store import Store
from cgr_nb.store.past import past_calls
from cgr_nb.study.config import StudyConfig
from cgr_nb.util.blocking import run_blocking
from cgr_nb.util.bundled import bundled_folder

__all__ = ["Basis", "CallCost", "CallCosts", "Purpose"]

Purpose = str
"""scaffolds, direct, asks, or the name of an arm."""
Basis = Literal["on record", "measured", "one call", "file", "assumed"]

_COUNTED = 8
"""Prompts that are counted for the mean, at most, spread over all of them."""
_CHARACTERS_A_TOKEN = 4.0
"""Where no tokeniser is asked: English; formulas and other scripts take more tokens."""
_CHECK_S = 20.0
"""How long servers have to answer, before they are told as they are."""


@dataclass(frozen=True, slots=True)
class CallCost:
    """One call of a model for one purpose, on average."""

    prompt_tokens: float
    reply_tokens: float
    """Expected; at most, unless the basis is a record or a call."""
    seconds: float | None
    """Its share of the model's time, with as many at once as it computes; None when not known."""
    basis: Basis


class CallCosts:
    """Costs of calls, each found once. Close it when all are known."""

    def __init__(
        self,
        config: StudyConfig,
        store: Store | None,
        try_models: bool,
        on_step: Callable[[str], None],
    ) -> None:
        """Nothing is tried yet.

        Args:
            config: The study.
            store: Its records, where there are any.
            try_models: Whether models are timed.
            on_step: Told what takes a while, before it is done.
        """
        self._past = past_calls(store) if store else {}
        self._try_models = try_models
        self._on_step = on_step
        self._pool = ModelPool((config.run.model_memory_mb << 20) or None)
        self._rates: dict[str, Rates] = {}
        self._modes: dict[str, Mode] = {}
        self._servers: dict[str, tuple[ServerState, ...]] = {}
        self._speed: Speed | None = None
        self._known: dict[tuple[str, Purpose], CallCost] = {}

    def on_record(self, card: ModelCard, purpose: Purpose) -> CallCost | None:
        """From calls that were made; None where none was."""
        past = self._past.get((card.name, purpose))
        return None if past is None else CallCost(*past, "on record")

    def of(self, card: ModelCard, purpose: Purpose, requests: Sequence[Request]) -> CallCost:
        """From the record, else found out.

        Args:
            card: The model.
            purpose: What it is asked for.
            requests: What it would be asked, at least one.
        """
        key = card.name, purpose
        if key not in self._known:
            self._known[key] = self.on_record(card, purpose) or self._find(card, requests)
        return self._known[key]

    def assumptions(self, bases: Iterable[Basis]) -> list[str]:
        """What costs of these kinds rest on, in words."""
        found = set(bases)
        lines = [
            f"{name}: server {state}" for name, states in self._servers.items() for state in states
        ]
        if "measured" in found:
            lines += [
                f"{name}: {rates} ({self._modes[name]} mode)" for name, rates in self._rates.items()
            ]
        if found & {"measured", "file"}:
            lines.append("a guess: every reply as long as max_tokens allows, prompts short enough "
                         "that attention costs little")  # fmt: skip
        if "file" in found:
            lines.append(
                "a guess: no model was loaded; its size, and this machine's pace in numpy, which "
                "may be off by three"
            )
        if "assumed" in found:
            lines.append("asks as long as direct prompts")
        return lines

    def close(self) -> None:
        """Free what was loaded."""
        run_blocking(self._pool.close)

    def _find(self, card: ModelCard, requests: Sequence[Request]) -> CallCost:
        most = requests[0].sampling.max_tokens + tokens_for_thoughts(card)
        if card.backend == "llama_cpp":
            return self._measured(card, requests) if self._try_models else self._by_file(
                card, requests
            )  # fmt: skip
        if card.backend == "programs":
            # Written elsewhere, and paid for there.
            return CallCost(0, 0, 0.0, "on record")
        if self._try_models:
            return run_blocking(lambda: self._one_call(card, requests[0]))
        return CallCost(_mean_characters(requests) / _CHARACTERS_A_TOKEN, most, None, "assumed")

    def _measured(self, card: ModelCard, requests: Sequence[Request]) -> CallCost:
        async def look() -> tuple[Rates, float]:
            async with self._pool.use(card) as model:
                rates = self._rates.get(card.name)
                if rates is None and isinstance(model, LlamaModel):
                    self._on_step(f"timing {card.name}: its weights are read, then up to 8 s")
                    rates = self._rates[card.name] = await model.measure_rates()
                    self._modes[card.name] = card.mode
                assert rates is not None  # the backend is llama.cpp's
                counted = requests[:: -(-len(requests) // _COUNTED)]
                tokens = [model.count_tokens(request.messages) for request in counted]
                return rates, sum(tokens) / len(tokens)

        rates, tokens = run_blocking(look)
        most = requests[0].sampling.max_tokens + tokens_for_thoughts(card)
        return CallCost(tokens, most, rates.seconds(tokens, most), "measured")

    def _by_file(self, card: ModelCard, requests: Sequence[Request]) -> CallCost:
        if self._speed is None:
            self._speed = measure_speed()
        base = bundled_folder("models")
        path = find_weights(card, base) if card.path else Path()
        tokens = _mean_characters(requests) / _CHARACTERS_A_TOKEN
        most = requests[0].sampling.max_tokens + tokens_for_thoughts(card)
        weights = float(read_weights_head(path).parameters)
        seconds = self._speed.seconds(weights, path.stat().st_size, tokens, most)
        return CallCost(tokens, most, seconds, "file")

    async def _one_call(self, card: ModelCard, request: Request) -> CallCost:
        self._on_step(f"asking {card.name} once")
        started = time.perf_counter()
        try:
            async with self._pool.use(without_retries(card)) as model:
                if isinstance(model, ReplicatedModel):
                    self._servers[card.name] = await model.check_servers(_CHECK_S)
                    started = time.perf_counter()
                reply = await model.reply(request.messages, request.sampling)
        except RequestError:
            return CallCost(0, request.sampling.max_tokens, None, "assumed")
        except ModelError as error:
            self._on_step(f"{card.name} can't be timed: {error}")
            return CallCost(0, request.sampling.max_tokens, None, "assumed")
        seconds = time.perf_counter() - started
        return CallCost(reply.prompt_tokens, reply.reply_tokens, seconds, "one call")


def _mean_characters(requests: Sequence[Request]) -> float:
    counts = [sum(len(message.content) for message in one.messages) for one in requests]
    return sum(counts) / len(counts)
