"""A task: one process that does phase "generate" or "merge" of a study, or one of its shards.

It is a command line, the same for every executor, and a file in which it tells how far it is.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from cgr_nb.study.shard import Shard

__all__ = ["DONE", "TRY_AGAIN", "Task"]

DONE = 0
TRY_AGAIN = 75
"""Exit code of what the same command may finish later: EX_TEMPFAIL of sysexits.h."""


@dataclass(frozen=True, slots=True)
class Task:
    """One process."""

    study: Path
    """The study file, absolute."""
    out: Path
    """The study folder, absolute."""
    place: Path
    """Folder of the submission: states and logs."""
    shard: Shard | None
    """None: all of the study."""
    rows: int = 0
    """Rows of the shard."""
    scratch: Path | None = None
    """Folder of the machine that does it, for the store while it is filled; None: it is filled in
    its place."""
    merges: bool = False
    """Without a shard: phase "merge", which comes after all shards; else phase "generate", before
    them."""

    @property
    def name(self) -> str:
        """What it is called in file names."""
        if self.shard is None:
            return "merge" if self.merges else "generate"
        return self.shard.folder_name

    @property
    def state_file(self) -> Path:
        """Where it tells how far it is."""
        return self.place / "tasks" / f"{self.name}.json"

    @property
    def log_file(self) -> Path:
        """Where its output goes."""
        return self.place / "logs" / f"{self.name}.log"

    def command(self, python: str = sys.executable) -> list[str]:
        """What is to be run, word by word."""
        words = [python, "-m", "cgr_nb.cli", "study", "run", str(self.study), "--out"]
        words += [str(self.out), "--state-file", str(self.state_file)]
        if self.scratch is not None:
            words += ["--scratch", str(self.scratch)]
        if self.shard is None:
            return [*words, "--phase", self.name]
        if self.shard.overlap:
            words += ["--overlap", str(self.shard.overlap)]
        return [*words, "--phase", "answer", "--shard", str(self.shard)]
