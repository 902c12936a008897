"""Calls that shall be asked again: taken out of the study, with everything that is built on them.

A redo asks nothing. It marks what it chooses as superseded, in one step, and the next run does what
is missing then. Superseded records stay on disk, with the time and the reason, and are in no
number; the report counts them.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from cgr_nb.answer_record import CHANNELS, OWN_FAILURES, Answer, Setup, split_repeat
from cgr_nb.errors import ConfigError, did_you_mean
from cgr_nb.records import EXECUTION_STATUSES, ExtractionStatus
from cgr_nb.store import Store
from cgr_nb.store.lock import FolderLock
from cgr_nb.store.superseding import (
    CallFacts,
    Chosen,
    answering_arms,
    audited_programs,
    call_facts,
    supersede,
)
from cgr_nb.study.caps import parse_duration
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.lineage import Lineage, lineage_of
from cgr_nb.study.run import CONFIG_NAME

__all__ = ["REDO_STATUSES", "RedoChoice", "Redone", "parse_time", "redo_study"]

_LOGGER = logging.getLogger(__name__)

_OF_CALLS = ("error", "refused", "context_overflow", "empty", "length")
REDO_STATUSES: tuple[str, ...] = (
    *dict.fromkeys(
        (*get_args(ExtractionStatus), *EXECUTION_STATUSES, *sorted(OWN_FAILURES), *_OF_CALLS)
    ),
)
"""Statuses of answers, and of calls: `error` (no reply), and of these `refused` and
`context_overflow`; `empty` replies; replies cut at their `length`."""


@dataclass(frozen=True, slots=True)
class RedoChoice:
    """Which calls. All that is named must hold, of several values of one kind any; nothing named is
    no choice."""

    statuses: tuple[str, ...] = ()
    """Of an answer that the call was made for, or of the call itself: see `REDO_STATUSES`."""
    models: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    """Arms whose answers use the call, `direct`, `cgr` and `generator_only` among them."""
    datasets: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    """Item ids."""
    since: datetime | None = None
    """Calls made then or later; one whose time is not on record is not chosen."""
    until: datetime | None = None
    """Calls made before."""

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    @property
    def words(self) -> str:
        """The choice in words."""
        parts = [
            f"{noun} {', '.join(names)}"
            for noun, names in (
                ("status", self.statuses),
                ("model", self.models),
                ("arm", self.arms),
                ("dataset", self.datasets),
                ("item", self.items),
            )
            if names
        ]
        for noun, moment in (("since", self.since), ("until", self.until)):
            if moment is not None:
                parts.append(f"{noun} {_stamp(moment)}")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Redone:
    """What a redo took out of the study, or would take."""

    number: int | None
    """Its number on record; None when nothing was changed."""
    reason: str
    calls: Mapping[str, int]
    """Model -> calls that will be asked again."""
    scaffolds: int
    executions: int
    """Runs of programs."""
    rows: int
    answers: int
    """Of arms."""
    audits: int
    """Behavioural audits of programs."""
    undated: int
    """Calls whose time is not on record and that were left alone for it; 0 where no time was
    asked for."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing matches."""
        return not self.calls and not self.executions and not self.rows

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def redo_study(
    folder: Path, choice: RedoChoice, *, reason: str = "", dry_run: bool = False
) -> Redone:
    """Take calls, and what is built on them, out of a study: the next run asks them again.

    Args:
        folder: The study folder.
        choice: Which calls.
        reason: Why, for the report; "" takes the choice in words.
        dry_run: Only count.

    Raises:
        StoreError: No study there, or another process is writing to it.
        ConfigError: Nothing is chosen, or something is named that the study does not have.
    """
    if not choice:
        raise ConfigError(
            "nothing was selected to redo",
            where=str(folder),
            fix="name a status, a model, an arm, a dataset, an item or a time",
        )
    # Opened once before the lock, so that a folder without a study is told as one.
    Store.open(folder).close()
    with nullcontext() if dry_run else FolderLock(folder), Store.open(folder) as store:
        config = StudyConfig.load(folder / CONFIG_NAME)
        _check(store, config, choice)
        calls = {call.id: call for call in call_facts(store)}
        chosen = _closure(store, lineage_of(store, config), calls, choice)
        words = reason.strip() or choice.words
        dated = choice.since is not None or choice.until is not None
        number = None
        if chosen and not dry_run:
            created = datetime.now(UTC).isoformat(timespec="seconds")
            number = supersede(store, chosen, created, words).number
        counts = Counter(calls[id].model for id in chosen.calls)
        redone = Redone(
            number=number,
            reason=words,
            calls=dict(sorted(counts.items())),
            scaffolds=len(chosen.scaffolds),
            executions=len(chosen.executions),
            rows=chosen.rows,
            answers=chosen.of_arms,
            audits=len(chosen.audits),
            undated=sum(call.made is None for call in calls.values()) if dated else 0,
        )
    _LOGGER.info("redo%s: %s", " (dry run)" if dry_run else "", redone)
    return redone


def parse_time(text: str) -> datetime:
    """A moment: `2026-11-29`, `2026-11-29T14:00` (local time, unless it names its zone), or how
    long ago: `2h`.

    Raises:
        ConfigError: It is neither.
    """
    if re.fullmatch(r"[\d.]+[a-z][\d.a-z]*", text.strip()):
        return datetime.now(UTC) - timedelta(seconds=parse_duration(text))
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ConfigError(
            "not a time",
            got=repr(text),
            fix="give one such as 2026-11-29T14:00, or 2h for two hours ago",
        ) from error


def _stamp(moment: datetime) -> str:
    """As calls have it; of two stamps the later one is the larger text."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _check(store: Store, config: StudyConfig, choice: RedoChoice) -> None:
    """Refuse names that the study does not have."""
    items = store.items()
    arms = {*CHANNELS, *config.arms, *answering_arms(store)}
    for what, names, known in (
        ("status", choice.statuses, REDO_STATUSES),
        ("model", choice.models, {card.name for card in store.models()}),
        ("arm", choice.arms, arms),
        ("dataset", choice.datasets, {item.dataset for item in items}),
        ("item", choice.items, {item.id for item in items}),
    ):
        _check_names(what, names, known)
    if choice.since and choice.until and choice.since >= choice.until:
        raise ConfigError(
            "the time range is empty",
            got=f"since {_stamp(choice.since)} until {_stamp(choice.until)}",
            fix="'until' must be later than 'since'",
        )


def _check_names(what: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise ConfigError(
                f"the study has no such {what}", got=repr(name), fix=did_you_mean(name, known)
            )


def _closure(
    store: Store, lineage: Lineage, calls: Mapping[str, CallFacts], choice: RedoChoice
) -> Chosen:
    """The calls that were chosen, and what is built on them."""
    datasets = {item.id: item.dataset for item in store.items()}
    ours = [answer for answer in lineage.answers if _is_of(answer, choice, datasets)]
    asked = _calls(ours, lineage, calls, choice)
    scaffolds = {id for id, call, _ in lineage.scaffolds if call in asked}
    # A program that another scaffold has too stays, and so do its runs.
    kept = {program for id, _, program in lineage.scaffolds if id not in scaffolds}
    lost = {program for id, _, program in lineage.scaffolds if id in scaffolds} - kept - {None}
    runs = {
        run.id
        for run in lineage.runs.values()
        if run.program_id in lost or not asked.isdisjoint(lineage.calls_of_run[run.id])
    } | _runs(ours, lineage, choice)

    def is_lost(made: Answer | Setup) -> bool:
        ran = {run.execution for run in made.runs}
        return not (runs.isdisjoint(ran) and asked.isdisjoint(lineage.calls_of(made)))

    setups = {setup.id for setup in lineage.setups if is_lost(setup)}
    answers = lineage.built_on(
        answer for answer in lineage.answers if is_lost(answer) or answer.setup in setups
    )
    channels = {one.id for one in lineage.answers if one.id in answers and one.arm in CHANNELS}
    # An audit replays what a run of its program was told.
    disturbed = {(lineage.runs[id].program_id, lineage.runs[id].item_id) for id in runs}
    audits = {id for id, item in audited_programs(store).items() if (id, item) in disturbed}
    return Chosen(
        calls=frozenset(asked),
        scaffolds=frozenset(scaffolds),
        executions=frozenset(runs),
        answers=frozenset(answers),
        setups=frozenset(setups),
        audits=frozenset(audits),
        rows=_rows(store, channels),
        of_arms=len(answers) - len(channels),
    )


def _rows(store: Store, channels: set[str]) -> int:
    """Rows of the study of which a channel is among some answers; of answers that it no longer asks
    for, each assisted one is a row."""
    expected = store.expected()
    placed = {id for ids in expected.values() for id in ids.values()}
    ours = sum(not channels.isdisjoint(ids.values()) for ids in expected.values())
    return ours + sum(1 for id in channels - placed if (a := store.answer(id)) and a.arm == "cgr")


def _is_of(answer: Answer, choice: RedoChoice, datasets: Mapping[str, str]) -> bool:
    """Whether an answer is of the arms, items and datasets that were named."""
    return (
        # An arm's own name is all its seeds.
        (not choice.arms or not {answer.arm, split_repeat(answer.arm)[0]}.isdisjoint(choice.arms))
        and (not choice.items or answer.item_id in choice.items)
        and (not choice.datasets or datasets.get(answer.item_id) in choice.datasets)
    )


def _calls(
    answers: Iterable[Answer],
    lineage: Lineage,
    calls: Mapping[str, CallFacts],
    choice: RedoChoice,
) -> set[str]:
    """The calls that were chosen."""
    ours = {id: call for id, call in calls.items() if _is_of_models_and_times(call, choice)}
    statuses = frozenset(choice.statuses)
    # Where nothing is said of answers, a call that no answer uses is as good as any other.
    placed = bool(choice.arms or choice.items or choice.datasets)
    found = set() if placed else {id for id in ours if _matches(ours[id], statuses)}
    for answer in answers:
        whole = not statuses or not statuses.isdisjoint(lineage.statuses_of(answer))
        for id in lineage.calls_of(answer) & ours.keys():
            if whole or _matches(ours[id], statuses):
                found.add(id)
    return found


def _is_of_models_and_times(call: CallFacts, choice: RedoChoice) -> bool:
    if choice.models and call.model not in choice.models:
        return False
    if choice.since is None and choice.until is None:
        return True
    if call.made is None:
        return False
    return (choice.since is None or _stamp(choice.since) <= call.made) and (
        choice.until is None or call.made < _stamp(choice.until)
    )


def _matches(call: CallFacts, statuses: frozenset[str]) -> bool:
    """Whether a call itself is of one of the statuses; of any, where none is named."""
    if not statuses:
        return True
    own = {"error", call.error.split(":")[0]} if call.error is not None else set()
    own |= {name for name, holds in (("empty", call.empty), ("length", call.cut)) if holds}
    return not own.isdisjoint(statuses)


def _runs(answers: Iterable[Answer], lineage: Lineage, choice: RedoChoice) -> set[str]:
    """Runs that are chosen for how they ended, whatever they asked: a program that was stopped by a
    busy machine may have asked nothing, and be one of many behind an answer."""
    if choice.since is not None or choice.until is not None:
        return set()
    found = set()
    for answer in answers:
        if choice.models and answer.solver not in choice.models:
            continue
        for entry in answer.runs:
            run = lineage.runs.get(entry.execution)
            deciding = entry.execution == answer.execution_id
            if run is not None and (
                run.status in choice.statuses or (deciding and answer.status in choice.statuses)
            ):
                found.add(run.id)
    return found
