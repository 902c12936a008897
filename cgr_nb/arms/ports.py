"""What arms need of the house around them: something that calls models, keeps records, runs
programs.

A study gives its store, its caller and the sandbox; a check of a package gives the record in their
place. Whatever has these methods will do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

from cgr_nb.arms.requests import Request, Settings
from cgr_nb.models import Model
from cgr_nb.records import Execution, Item, ModelCall, Scaffold, SessionCell
from cgr_nb.sandbox import CellRunner

__all__ = ["CallStore", "Calls", "OneAtATime", "Resources"]


class Calls(Protocol):
    """Makes calls, each once."""

    async def call(self, model: Model, request: Request) -> ModelCall:
        """One call, with its reply or with the error that its prompt deserves.

        Raises:
            CallFailed: No usable reply came; nothing is recorded.
            ModelError: The model can't answer at all.
        """
        ...


class CallStore(Protocol):
    """Keeps calls, programs, runs and twins of items, by content."""

    def call(self, id: str) -> ModelCall | None:
        """One call."""
        ...

    def scaffold(self, id: str) -> Scaffold | None:
        """One scaffold with its source."""
        ...

    def add_scaffold(self, scaffold: Scaffold) -> None:
        """Keep a scaffold and its program."""
        ...

    def add_item(self, item: Item) -> None:
        """Keep a twin of an item, before its first run."""
        ...

    def execution(self, id: str) -> Execution | None:
        """One run."""
        ...

    def add_execution(
        self, id: str, program_id: str, item_id: str, solver: str, execution: Execution
    ) -> None:
        """Keep one run.

        Args:
            id: Of the run.
            program_id: The program.
            item_id: The item that it ran for.
            solver: What was behind `ask`: a model's name, or that of something else.
            execution: What came of it.
        """
        ...

    def add_session(self, cells: Sequence[SessionCell], *, whole: bool) -> None:
        """Keep the cells of a session, all or none.

        Args:
            cells: In the order in which they ran.
            whole: Whether the session came to its end. Where something outside the arm ended it, a
                study keeps none, and begins it anew.
        """
        ...


class OneAtATime:
    """Lets work of one name be done once at a time, so that whoever comes second finds on record
    what the first has done."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, name: str) -> AbstractAsyncContextManager[None]:
        """Held while work of a name is done."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock


@dataclass(frozen=True, slots=True)
class Resources:
    """What the arms of one study are answered with for one pair of models."""

    settings: Settings
    store: CallStore
    calls: Calls
    runner: CellRunner
    solver: Model
    generator: Model | None
    """None in a study without a generator."""
    trace: bool = True
    """Keep the steps of runs."""
    waits: bool = True
    """Calls and runs take their time, so that several are made side by side; not where all of them
    are looked up."""
    runs: OneAtATime = field(default_factory=OneAtATime)
    """By id of a run: two scaffolds may be one program."""
