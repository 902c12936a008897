"""Tasks on whatever hands out futures: processes of this machine, a Dask cluster, or any other
`concurrent.futures.Executor`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any

from cgr_nb.errors import CgrError, ConfigError
from cgr_nb.extras import needed
from cgr_nb.study.executors.process import call_off, run_task
from cgr_nb.study.executors.submission import Submission
from cgr_nb.study.executors.task import DONE

__all__ = ["FutureRun", "dask_executor", "local_executor"]

Opened = Callable[[], AbstractContextManager[Executor]]
"""Opens an executor, and closes it."""
_REACHED_S = "30s"


class FutureRun:
    """A submission at work: phase "generate" first, then all shards that are not done, and then
    their merge."""

    def __init__(self, submission: Submission, opened: Opened, retries: int) -> None:
        """Begin it; a thread of this process sees to it.

        Args:
            submission: What to do.
            opened: Gives the executor, once, and closes it at the end (`local_executor`).
            retries: How often a task is tried again.
        """
        self._submission, self._retries = submission, retries
        self._error: BaseException | None = None
        self._opened = opened
        self._thread = threading.Thread(target=self._drive, name="cgr-nb-shards", daemon=True)
        self._thread.start()

    def is_over(self) -> bool:
        """Whether nothing is at work any more.

        Raises:
            CgrError: The executor itself failed.
        """
        if self._thread.is_alive():
            return False
        if self._error is not None:
            raise self._error
        return True

    def cancel(self) -> None:
        """Stop all tasks, each in order, and wait until they have ended."""
        call_off(self._submission.place)
        self._thread.join()

    def _drive(self) -> None:
        try:
            with self._opened() as executor:
                missing = self._submission.missing()
                if self._submission.generate in missing:
                    # What it could not have, shards would miss.
                    task = self._submission.generate
                    if executor.submit(run_task, task, self._retries).result() != DONE:
                        return
                shards = [task for task in missing if task.shard is not None]
                futures = [executor.submit(run_task, task, self._retries) for task in shards]
                wait(futures)
                codes = [future.result() for future in futures]
                merge = self._submission.merge
                if merge is not None and merge in missing and set(codes) <= {DONE}:
                    executor.submit(run_task, merge, self._retries).result()
        except CgrError as error:
            self._error = error
        except Exception as error:
            self._error = CgrError(
                f"the executor failed: {type(error).__name__}: {error}",
                fix="resolve the cause and repeat the command: it resumes",
            )


def local_executor(workers: int) -> Opened:
    """Processes of this machine, so many at once."""

    @contextmanager
    def opened() -> Iterator[Executor]:
        # Threads that wait, each for one process.
        with ThreadPoolExecutor(workers, thread_name_prefix="cgr-nb-task") as pool:
            yield pool

    return opened


def dask_executor(address: str | None, workers: int, retries: int) -> Opened:
    """A Dask cluster, or one on this machine.

    Args:
        address: Of its scheduler; None: a cluster of this machine, for as long as it is needed.
        workers: Of that; each does one task at a time.
        retries: How often a task whose worker died is given to another one.

    Raises:
        ExtraError: Dask is not installed.
    """
    with needed("distributed", where="executor dask"):
        # Its types say nothing to a checker.
        dask: Any = import_module("distributed")

    @contextmanager
    def opened() -> Iterator[Executor]:
        if address is not None:
            try:
                client = dask.Client(address, timeout=_REACHED_S)
            except OSError as error:
                raise ConfigError(
                    f"no Dask scheduler answers: {error}",
                    got=address,
                    fix="start one with `dask scheduler`, and workers with `dask worker ADDRESS"
                    " --nthreads 1`",
                ) from error
            with client:
                yield client.get_executor(retries=retries)
            return
        with (
            dask.LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None
            ) as cluster,
            dask.Client(cluster) as client,
        ):
            yield client.get_executor(retries=retries)

    return opened
