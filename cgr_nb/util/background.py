"""One job at a time in a thread of its own, with its own event loop: the kernel stays free, stop
stops now."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from cgr_nb.errors import CgrError

__all__ = ["Background"]


class Background:
    """Runs one coroutine at a time.

    Args:
        on_end: Told, from the job's thread, how it ended: None, "stopped", or the error.
    """

    def __init__(self, on_end: Callable[[str | Exception | None], object]) -> None:
        self._on_end = on_end
        self._thread: threading.Thread | None = None
        self._task: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        self._stop_asked = False

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self._thread is not None and self._thread.is_alive()

    def start(
        self,
        make: Callable[[], Coroutine[Any, Any, Any]],
        announce: Callable[[], object] = lambda: None,
    ) -> None:
        """Begin a job.

        Args:
            make: Makes it.
            announce: Called just before it begins: what is said here can't come after its end.

        Raises:
            CgrError: One is under way.
        """
        if self.running:
            raise CgrError("something is already running", fix="stop it first, or wait for it")
        self._stop_asked = False
        announce()
        self._thread = threading.Thread(target=self._work, args=(make,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Cancel the job, if there is one; what it has finished stays."""
        self._stop_asked = True
        if self._task is not None and self.running:
            loop, task = self._task
            loop.call_soon_threadsafe(task.cancel)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the job to end; False when it has not by then."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.running

    def _work(self, make: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        async def job() -> None:
            task = asyncio.current_task()
            assert task is not None  # a coroutine run by asyncio.run is always in a task
            self._task = (asyncio.get_running_loop(), task)
            if self._stop_asked:
                raise asyncio.CancelledError
            await make()

        ended: str | Exception | None = None
        try:
            asyncio.run(job())
        except asyncio.CancelledError:
            ended = "stopped"
        except Exception as error:  # shown in the panel, whatever it is
            ended = error
        finally:
            self._task = None
        self._on_end(ended)
