"""A task as a process of this machine: begun, waited for, tried again, stopped when it is called
off."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from cgr_nb.study.executors.task import DONE, TRY_AGAIN, Task
from cgr_nb.study.executors.task_state import PARENT_VARIABLE, read_state, write_state

__all__ = ["CALLED_OFF", "call_off", "is_called_off", "run_task", "take_up"]

CALLED_OFF = 130
_FILE = "called-off"
_POLL_S = 0.5
_GRACE_S = 60.0
_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 60.0


def call_off(place: Path) -> None:
    """Have all tasks of a submission stopped, on whatever machine, and none begun."""
    place.mkdir(parents=True, exist_ok=True)
    (place / _FILE).touch()


def take_up(place: Path) -> None:
    """Let tasks of a submission that was called off be begun again."""
    (place / _FILE).unlink(missing_ok=True)


def is_called_off(place: Path) -> bool:
    """Whether that was asked for."""
    return (place / _FILE).exists()


def run_task(task: Task, retries: int) -> int:
    """Run a task in a process of its own until it is done, fails for good or has been tried again
    so often; blocks.

    What ends with exit code 75, or is killed, is tried again after a pause. Where the machine dies
    that this runs on, whoever hands out tasks gives it to another one: it goes on from there.

    Args:
        task: What to run.
        retries: How often it is tried again.

    Returns:
        The last exit code; 130 where it was called off.
    """
    for attempt in range(retries + 1):
        if attempt and not _pause(min(_FIRST_PAUSE_S * 2 ** (attempt - 1), _LONGEST_PAUSE_S), task):
            return CALLED_OFF
        code = _run_once(task)
        if code in (DONE, CALLED_OFF) or (code > 0 and code != TRY_AGAIN):
            break
    state = read_state(task.state_file)
    if code < 0 or (code not in (DONE, TRY_AGAIN, CALLED_OFF) and state.state != "failed"):
        # It had no time to say so itself.
        why = f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        write_state(task.state_file, replace(state, state="failed", note=f"{why}: {task.log_file}"))
    return code


def _run_once(task: Task) -> int:
    if is_called_off(task.place):
        return CALLED_OFF
    task.log_file.parent.mkdir(parents=True, exist_ok=True)
    with task.log_file.open("ab") as log:
        process = subprocess.Popen(
            task.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C is for whoever waits, who then calls all off.
            start_new_session=True,
            env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
        )
        try:
            while not is_called_off(task.place):
                try:
                    return process.wait(_POLL_S)
                except subprocess.TimeoutExpired:
                    continue
            return CALLED_OFF
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, if it has not ended: in order, or at once where it takes too long."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _pause(seconds: float, task: Task) -> bool:
    """Wait; whether the task is still wanted."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_called_off(task.place):
            return False
        time.sleep(_POLL_S)
    return True
