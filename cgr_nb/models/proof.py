"""Does llama.cpp compute right on this machine? A bundled model is loaded in a worker and its reply
compared with the recorded one.

Every token of that reply leads the next likely one by more than ten in log-odds, so no way of
rounding changes it: another reply means another arithmetic.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from typing import Any, Final

from cgr_nb.errors import CgrError
from cgr_nb.models.llama import LlamaModel
from cgr_nb.models.registry import Registry
from cgr_nb.models.worker.findings import extra_buffers_crash
from cgr_nb.records import Message, Sampling
from cgr_nb.util.blocking import run_blocking
from cgr_nb.util.bundled import bundled_folder

__all__ = ["EngineProof", "prove_engine"]

_MODEL: Final = "tiny-solver-s"
"""The smallest bundled model that has such a reply."""
_PROMPT: Final = (
    "Given x = 3 * 3 and n = x + 11, find n.\n"
    "A) 20\nB) 19\nC) 23\nD) 10\nE) 3\nAnswer with a letter."
)
_REPLY: Final = " I am not sure."
_PATIENCE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class EngineProof:
    """What came of it."""

    model: str
    works: bool
    """The reply is the recorded one."""
    problem: str | None
    """Why it does not work, in one line; None where it does."""
    runs: str | None
    """How it was run: mode, threads, layers on a GPU."""
    extra_buffers: str
    """"on", or why not."""
    buffers: tuple[str, ...]
    """Kinds of buffers that the weights lay in, llama.cpp's names."""
    seconds: float
    """To start a worker, load the model and answer."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def prove_engine() -> EngineProof:
    """Load a bundled model, ask it, compare. Raises nothing that a machine can cause."""
    started = time.perf_counter()
    runs: str | None = None
    buffers: tuple[str, ...] = ()

    async def ask() -> str:
        nonlocal runs, buffers
        model = LlamaModel(Registry.load().get(_MODEL), bundled_folder("models"))
        try:
            runs = await model.load()
            buffers = model.buffers
            reply = await model.reply([Message("user", _PROMPT)], Sampling(max_tokens=16))
            return reply.text
        finally:
            await model.close()

    problem: str | None = None
    try:
        text = run_blocking(lambda: asyncio.wait_for(ask(), _PATIENCE_S))
        if text != _REPLY:
            problem = f"it answers {text!r} where {_REPLY!r} is right: llama.cpp computes wrongly"
    except CgrError as error:
        problem = str(error)
    except TimeoutError:
        problem = f"no answer within {_PATIENCE_S:.0f} s"
    crash = extra_buffers_crash()
    return EngineProof(
        model=_MODEL,
        works=problem is None,
        problem=problem,
        runs=runs,
        extra_buffers="on" if crash is None else crash.line,
        buffers=buffers,
        seconds=round(time.perf_counter() - started, 3),
    )
