"""How fast this machine computes: arithmetic and memory, as numpy sees them.

A stand-in for models that are not here to be timed. A prompt costs arithmetic (two operations a
weight and token), a reply costs memory (all weights are read for each token). llama.cpp's own
kernels work on quantised weights: where both were measured (two cores of a server, a model of 0.5
billion weights in Q4_K_M: 250 prompt tokens and 54 reply tokens a second), they did 4.6 times the
arithmetic that numpy does, and read memory at 0.63 of its pace. Elsewhere this may be off by three.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from cgr_nb.machine import physical_cores

__all__ = ["Speed", "measure_speed"]

_SIDE = 768
_COPIED_BYTES = 64_000_000
_AT_LEAST_S = 0.06
_ARITHMETIC_GAIN = 4.6
_MEMORY_GAIN = 0.63


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured."""

    operations_a_second: float
    """Of a product of float32 matrices."""
    bytes_a_second: float
    """Read from memory."""
    tried: int = 0
    """Models that were tried here, and set it right; 0: numpy's word alone."""

    def seconds(
        self, weights: float, weight_bytes: float, prompt_tokens: float, reply_tokens: float
    ) -> float:
        """Time of a model's work, one call after the other.

        Args:
            weights: Number of them.
            weight_bytes: What they take in memory.
            prompt_tokens: Of all calls.
            reply_tokens: Of all calls.
        """
        operations = self.operations_a_second * _ARITHMETIC_GAIN
        read = self.bytes_a_second * _MEMORY_GAIN
        return prompt_tokens * 2 * weights / operations + reply_tokens * weight_bytes / read

    def set_right(self, factors: Sequence[float]) -> Speed:
        """The speed by which models that were tried took as long as they did.

        Args:
            factors: Seconds that a model took, divided by those that were expected of it.
        """
        if not factors:
            return self
        factor = median(factors)
        return Speed(self.operations_a_second / factor, self.bytes_a_second / factor, len(factors))


def measure_speed() -> Speed:
    """Measure for a moment.

    Processor time is counted, not the clock's, so that what else the machine does now counts
    little; arithmetic is taken times the physical cores, memory as one core gets it.
    """
    import numpy as np

    matrix = np.ones((_SIDE, _SIDE), np.float32)
    made = np.empty_like(matrix)
    source = np.ones(_COPIED_BYTES // 8)
    copy = np.empty_like(source)
    product_s = _seconds(lambda: np.matmul(matrix, matrix, out=made))
    copy_s = _seconds(lambda: np.copyto(copy, source))
    return Speed(physical_cores() * 2 * _SIDE**3 / product_s, 2 * _COPIED_BYTES / copy_s)


def _seconds(work: Callable[[], object]) -> float:
    """Processor seconds of a piece of work, after one time to warm up."""
    work()
    done, started = 0, time.process_time()
    while (took := time.process_time() - started) < _AT_LEAST_S or done == 0:
        work()
        done += 1
    return took / done
