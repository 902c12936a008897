"""Ten thousand short calls, and what they leave in memory: `python tests/benchmarks/engine_soak.py`.

Resident memory is told after each thousand calls; after the first thousand it must stand still.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import replace

import psutil

from cgr_nb.models import Registry, open_model
from cgr_nb.records import Message, Sampling


async def soak(name: str, mode: str, calls: int) -> None:
    card = Registry.load().get(name)
    model = open_model(replace(card, options={**card.options, "mode": mode}))
    process, started = psutil.Process(), time.perf_counter()
    for thousand in range(calls // 1000):
        waiting = (
            model.reply(
                [Message("user", f"What is {n} plus {thousand * n}?")],
                Sampling(max_tokens=1 + n % 4, temperature=n % 2, seed=n),
            )
            for n in range(1000)
        )
        await asyncio.gather(*waiting)
        size = process.memory_info().rss / (1 << 20)
        print(f"{1000 * (thousand + 1):6d} calls  {size:8.2f} MiB", flush=True)
    await model.close()
    seconds = time.perf_counter() - started
    size = process.memory_info().rss / (1 << 20)
    print(f"closed        {size:8.2f} MiB  {calls / seconds:.0f} calls/s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="tiny-solver")
    parser.add_argument("--mode", default="batched", choices=["exact", "batched"])
    parser.add_argument("--calls", type=int, default=10_000)
    given = parser.parse_args()
    asyncio.run(soak(given.model, given.mode, given.calls))
