"""How far a task is, in a file that whoever watches reads, on whatever machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from cgr_nb.study.run import Progress
from cgr_nb.util.atomic_write import write_text

__all__ = ["PARENT_VARIABLE", "State", "StateFile", "TaskState", "read_state", "write_state"]

PARENT_VARIABLE = "CGR_NB_PARENT"
"""Process that a task belongs to: where it is gone, the task stops, so that none goes on that
nobody waits for."""
State = Literal["waiting", "running", "done", "left", "again", "failed"]
_STATES: tuple[State, ...] = get_args(State)
_EVERY_S = 2.0
_SILENT_S = 60.0
_MOST_BYTES = 100_000
_KINDS: dict[str, type[Any]] = {
    "done": int,
    "total": int,
    "note": str,
    "host": str,
    "beat": float,
}


@dataclass(frozen=True, slots=True)
class TaskState:
    """How far a task is."""

    state: State = "waiting"
    """"left": all was done but what waits for a generator, which the merge of the shards asks;
    "again": it ended with something left that another try may do; "failed": none will."""
    done: int = 0
    """Of `total`: rows, or prompts of phase "generate"."""
    total: int = 0
    note: str = ""
    """In words, what it is at or why it failed."""
    host: str = ""
    beat: float = 0.0
    """When it was last heard of: seconds since 1970, by its machine's clock."""

    @property
    def is_over(self) -> bool:
        """Whether it is at an end, a good one or not."""
        return self.state in ("done", "left", "failed")

    def is_silent(self, now: float | None = None) -> bool:
        """Whether it should be running and has not been heard of for a minute."""
        seen = time.time() if now is None else now
        return self.state == "running" and seen - self.beat > _SILENT_S


def read_state(path: Path) -> TaskState:
    """What a file tells; a task without one, or with one that can't be read, is waiting."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return TaskState()
    if not isinstance(found, dict) or found.get("state") not in _STATES:
        return TaskState()
    told = {
        name: found[name]
        for name, kind in _KINDS.items()
        if isinstance(found.get(name), kind) and not isinstance(found.get(name), bool)
    }
    return TaskState(state=found["state"], **told)


def write_state(path: Path, state: TaskState) -> None:
    """Put a state into its file, whole."""
    told = replace(state, host=socket.gethostname(), beat=time.time())
    write_text(path, json.dumps(asdict(told)) + "\n")


class StateFile:
    """Tells how far a task is while it is at work, every two seconds whether it has moved or not.

    It is where the task notices that the process it belongs to is gone: then it is stopped as by
    SIGTERM.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # What an earlier try had done is done.
        self._state = replace(read_state(path), state="running", note="")
        self._begun = self._over = False
        self._left = ""
        self._news = threading.Event()

    def follow(self, now: Progress) -> None:
        """Take how far a run is; from any thread."""
        self._state = replace(self._state, done=now.done, total=now.total, note=now.words)
        if now.unit is not None and not self._begun:
            # Who watches need not wait for the first row.
            self._begun = True
            self._news.set()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Tell, for as long as the block lasts."""
        write_state(self._path, self._state)
        teller = threading.Thread(target=self._tell, name="cgr-nb-state", daemon=True)
        teller.start()
        try:
            yield
        finally:
            self._over = True
            self._news.set()
            teller.join()

    def leave(self, note: str) -> None:
        """Take what it leaves to the merge of the shards, where it ends well."""
        self._left = note

    def end(self, state: State, note: str = "") -> None:
        """Tell how it ended."""
        if state == "done" and self._left:
            state, note = "left", self._left
        write_state(self._path, replace(self._state, state=state, note=note))

    def _tell(self) -> None:
        parent = os.environ.get(PARENT_VARIABLE)
        while not self._over:
            self._news.wait(_EVERY_S)
            self._news.clear()
            if parent is not None and str(os.getppid()) != parent:
                os.kill(os.getpid(), signal.SIGTERM)
                return
            write_state(self._path, self._state)
