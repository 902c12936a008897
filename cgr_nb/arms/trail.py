"""What an answer is made from, noted while it is made: calls, runs, and where it could have
stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cgr_nb.answer_record import ReadOut, Role, RunEntry, Step, Totals, TrailEntry
from cgr_nb.errors import ConfigError
from cgr_nb.records import ModelCall, Reply

__all__ = ["Trail"]


@dataclass(slots=True)
class _Noted:
    """One entry, until the call is there and has been read."""

    key: str
    role: Role
    call: str = ""
    reply: Reply | None = None
    read: ReadOut | None = None

    def entry(self) -> TrailEntry:
        return TrailEntry(self.key, self.role, self.call, self.read)


@dataclass
class Trail:
    """The calls, runs and steps of one answer, in order."""

    _noted: list[_Noted] = field(default_factory=list)
    _runs: list[RunEntry] = field(default_factory=list)
    _steps: list[Step] = field(default_factory=list)
    in_session: bool = False
    """Whether an interpreter is held."""

    def begin(self, key: str, role: Role) -> int:
        """Note that a call begins; calls stand in this order. Returns its place."""
        self._noted.append(_Noted(key, role))
        return len(self._noted) - 1

    def end(self, place: int, call: ModelCall) -> None:
        """Note the call itself."""
        noted = self._noted[place]
        noted.call, noted.reply = call.id, call.reply

    def add(
        self, key: str, role: Role, call: str, reply: Reply | None, read: ReadOut | None
    ) -> None:
        """Note a call that was made by a program.

        Args:
            key: The arm's name for the call.
            role: The model that was asked.
            call: Id of the call.
            reply: What it gave; None where it failed.
            read: What was read out of the reply; None where nothing was.
        """
        self._noted.append(_Noted(key, role, call, reply, read))

    def read(self, reply: Reply | int, read: ReadOut) -> None:
        """Note what was read out of a reply, or of the call in a place."""
        if isinstance(reply, int):
            self._noted[reply].read = read
            return
        for noted in reversed(self._noted):
            if noted.reply is reply:
                noted.read = read
                return

    def run(self, key: str, execution: str) -> None:
        """Note a run."""
        self._runs.append(RunEntry(key, execution))

    def check_no_session(self, where: str) -> None:
        """Refuse to wait for a place to run in while one is held: it could be waited for in vain.

        Raises:
            ConfigError: An interpreter is held.
        """
        if self.in_session:
            raise ConfigError(
                "nothing else can be run while an interpreter is held",
                where=where,
                fix="leave `async with ctx.interpreter()` first",
            )

    def step(self, letters: Sequence[str], n: int | None = None, m: int | None = None) -> None:
        """Note what the answer would be after n entries and m runs; None: all so far."""
        entries = len(self._noted) if n is None else n
        runs = len(self._runs) if m is None else m
        self._steps.append(Step(entries, runs, tuple(letters)))

    def mark(self) -> tuple[int, int]:
        """How long it is."""
        return len(self._noted), len(self._runs)

    def back_to(self, mark: tuple[int, int]) -> None:
        """Forget what came after a mark."""
        del self._noted[mark[0] :]
        del self._runs[mark[1] :]

    def take_over(self, other: Trail) -> None:
        """Put another trail behind this one."""
        n, m = len(self._noted), len(self._runs)
        self._noted += other._noted
        self._runs += other._runs
        self._steps += [Step(n + step.n, m + step.m, step.letters) for step in other._steps]

    @property
    def entries(self) -> tuple[TrailEntry, ...]:
        """The calls; one that failed before it was on record is left out."""
        return tuple([noted.entry() for noted in self._noted if noted.call])

    @property
    def runs(self) -> tuple[RunEntry, ...]:
        """The runs."""
        return tuple(self._runs)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Where it could have stopped."""
        return tuple(self._steps)

    @property
    def totals(self) -> Totals:
        """What all of it cost."""
        solver = [0, 0, 0]
        generator = [0, 0, 0]
        for noted in self._noted:
            reply = noted.reply
            if noted.role == "solver":
                solver[0] += bool(noted.call)
                to = solver if noted.call else None
            else:
                generator[0] += reply is not None
                to = generator
            if reply is not None and to is not None:
                to[1] += reply.prompt_tokens
                to[2] += reply.reply_tokens
        return Totals(*solver, *generator)
