"""The least time that arithmetic allows, by llama.cpp's own llama-batched-bench."""

from __future__ import annotations

import json
import subprocess

from cgr_nb.errors import ModelError

__all__ = ["Rates", "floor_seconds", "measure_rates"]

Rates = dict[int, tuple[float, float]]
"""Sequences at once -> (prompt tokens/s, reply tokens/s of all together)."""

_PROMPT, _REPLY = 320, 16
"""Prompts as long as those of the workload: what a row costs grows with what lies before it."""


def measure_rates(binary: str, path: str, threads: int, sequences: tuple[int, ...]) -> Rates:
    """Prefill and decode rates of a model.

    Args:
        binary: llama-batched-bench.
        path: A GGUF file.
        threads: As the contestants have.
        sequences: Numbers of sequences to measure.

    Raises:
        ModelError: The program fails.
    """
    command = [
        binary, "-m", path, "-t", str(threads), "-b", "512", "-ub", "512",
        "-c", str((_PROMPT + _REPLY) * max(sequences)), "-npp", str(_PROMPT), "-ntg", str(_REPLY),
        "-npl", ",".join(map(str, sequences)), "--output-format", "jsonl",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or len(lines) != len(sequences):
        raise ModelError("llama-batched-bench fails", got=done.stderr[-200:].strip() or None)
    return {int(line["pl"]): (float(line["speed_pp"]), float(line["speed_tg"])) for line in lines}


def floor_seconds(rates: Rates, concurrency: int, prompt_tokens: int, reply_tokens: int) -> float:
    """Time for so many computed tokens at the rates of the nearest measured concurrency below.

    Args:
        rates: Sequences at once -> tokens a second, of prompts and of replies.
        concurrency: Sequences at once.
        prompt_tokens: That are computed.
        reply_tokens: That are computed.
    """
    at = max((count for count in rates if count <= concurrency), default=min(rates))
    prefill = max(rate for rate, _ in rates.values())
    return prompt_tokens / prefill + reply_tokens / rates[at][1]
