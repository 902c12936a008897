"""Why a worker process ended, in words a person can act on."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from cgr_nb.errors import ModelError

__all__ = ["Death", "WorkerDied"]

_NOISE = re.compile(r"^(?:\[New |Thread |#\d+ |0x[0-9a-f]+ in |warning: |Using host )|gdb|ptrace")


@dataclass(frozen=True, slots=True)
class Death:
    """How one worker ended."""

    returncode: int | None
    """Exit status; minus the number of the signal that ended it; None: it could not be told."""
    stage: str
    """What it was last at: "starting", "loading", "first batch", "working"."""
    last_words: str = ""
    """The end of what it wrote to its standard error."""
    verdict: str | None = None
    """Why the client ended it itself ("it hung"); None where it did not."""

    @property
    def cause(self) -> str:
        """How it died, in a few words."""
        if self.verdict is not None:
            return self.verdict
        if self.returncode is None:
            return "it ended"
        if self.returncode >= 0:
            return f"it ended with status {self.returncode}"
        try:
            return signal.Signals(-self.returncode).name
        except ValueError:
            return f"signal {-self.returncode}"

    @property
    def words(self) -> str:
        """The cause, with the complaint of llama.cpp or Python where there is one."""
        complaint = self._complaint()
        return f"{self.cause}: {complaint}" if complaint else self.cause

    def error(self, where: str) -> ModelError:
        """What is raised where it can't be recovered from.

        Args:
            where: What the error names as its place.
        """
        doing = {
            "starting": "while it started",
            "loading": "while it loaded the weights",
            "first batch": "in its first batch",
        }.get(self.stage, "at work")
        return ModelError(
            f"the model's worker process died {doing}",
            where=where,
            got=self.words,
            fix=self._fix(),
        )

    def _fix(self) -> str:
        if self.verdict is not None:
            return "try again; if it stays so, try another file or a smaller model"
        name = self.cause
        if name == "SIGKILL":
            return (
                "most likely the machine ran out of memory: use a smaller model or a smaller "
                "context_tokens or parallel, or free memory"
            )
        if name == "SIGILL":
            return (
                "this llama.cpp was built for another processor: pip install --force-reinstall "
                "--no-deps --no-cache-dir --no-binary :all: llama-cpp-python"
            )
        if name in ("SIGABRT", "SIGSEGV", "SIGBUS", "SIGFPE"):
            return (
                "the weight file is damaged or newer than this llama.cpp, or llama.cpp has a "
                "fault: fetch the file again, or update llama-cpp-python"
            )
        return "run `cgr-nb doctor`, which tells whether the smallest bundled model works here"

    def _complaint(self) -> str:
        lines = [line.strip() for line in self.last_words.splitlines() if line.strip()]
        kept = [line for line in lines if not _NOISE.search(line)]
        told = next((line for line in kept if "GGML_ASSERT" in line or "error" in line), None)
        if told is None and self.returncode not in (None, 0) and kept:
            told = kept[-1]
        return (told or "")[:300]


class WorkerDied(Exception):
    """The worker ended while something was asked of it. Picked up by whoever can start it again."""

    def __init__(self, death: Death) -> None:
        super().__init__(death.words)
        self.death = death
