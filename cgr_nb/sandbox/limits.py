"""What one program may use. Units are in the names; every limit is enforced from outside the
program."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any, Final

from cgr_nb.errors import ConfigError
from cgr_nb.sandbox.protocol import frame_bytes
from cgr_nb.util.constraints import Between

__all__ = ["MOST_THREADS", "Limits"]

MOST_THREADS: Final = 128
"""Threads that one run may start; for more, the program is told that there can be none."""

_KERNEL_BYTES: Final = 16 << 20
"""What the kernel may hold for one program beside its address space: stacks of threads, page
tables, buffers of pipes and sockets."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one run. All are positive; a run that passes one stops with a status of its own."""

    cpu_s: Annotated[float, Between(0, 86_400, above=True)] = 10.0
    """CPU seconds of all threads; the kernel counts whole seconds, so a fraction is rounded up."""
    wall_s: Annotated[float, Between(0, 86_400, above=True)] = 30.0
    """Wall-clock seconds, not counting time spent waiting for the solver."""
    memory_mb: Annotated[int, Between(1, 1 << 20)] = 512
    """Address space in addition to that of the bare worker process, in MiB."""
    calls: Annotated[int, Between(1, 10_000)] = 32
    """Calls to `ask`."""
    output_chars: Annotated[int, Between(1, 100_000_000)] = 20_000
    """Characters that the program may print."""
    prompt_chars: Annotated[int, Between(1, 100_000_000)] = 50_000
    """Characters of one prompt."""
    reply_chars: Annotated[int, Between(1, 100_000_000)] = 200_000
    """Characters of one reply passed to the program."""
    source_chars: Annotated[int, Between(1, 100_000_000)] = 200_000
    """Characters of the program."""
    trace_steps: Annotated[int, Between(1, 10_000_000)] = 5_000
    """Recorded steps; the trace is then visibly truncated."""
    trace_bytes: Annotated[int, Between(1, 1_000_000_000)] = 400_000
    """Bytes of recorded steps, before compression."""

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not 0 < value < math.inf
            ):
                raise ConfigError(
                    "a limit must be a positive number",
                    where=f"Limits.{limit.name}",
                    got=repr(value),
                    fix="leave it out for the default",
                )

    @property
    def frame_bytes(self) -> int:
        """Most bytes of one message from the program."""
        return frame_bytes(int(self.prompt_chars))

    @property
    def file_bytes(self) -> int:
        """Most bytes the program may write to its two scratch files, output and trace."""
        return max(4 * int(self.output_chars), int(self.trace_bytes)) + 65_536

    @property
    def live_bytes(self) -> int:
        """Most memory that a program takes from the machine while it exists, beside the part of its
        worker that it may have changed."""
        return (int(self.memory_mb) << 20) + 2 * self.file_bytes + _KERNEL_BYTES

    def to_order(self) -> dict[str, Any]:
        """As plain values, for the program's side of a run."""
        return {**asdict(self), "file_bytes": self.file_bytes}
