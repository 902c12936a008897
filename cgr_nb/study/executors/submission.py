"""A submission: the tasks that a study is divided into, and how far they are together.

It has a folder of its own in `submit` of the study, named after all that the tasks are made of:
config, item files, registry, templates and the number of shards. So the same call again finds what
is done, and a change begins anew.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from cgr_nb import __version__
from cgr_nb.store.database import FILE_NAME
from cgr_nb.store.merge_redos import known_redos
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.executors.task import Task
from cgr_nb.study.executors.task_state import State, TaskState, read_state
from cgr_nb.study.manifest import MANIFEST
from cgr_nb.study.part import Phase
from cgr_nb.study.run import CONFIG_NAME, check_or_write_config
from cgr_nb.study.shard import SHARDS, shard_folder, shards_of
from cgr_nb.study.study_items import item_files, study_items
from cgr_nb.util.atomic_write import write_text

__all__ = ["SUBMIT", "ShardsProgress", "Submission", "jobs_of"]

_RECORD = "submission.json"
SUBMIT = "submit"
"""Folder of a study that holds its submissions."""


@dataclass(frozen=True, slots=True)
class ShardsProgress:
    """How far the tasks of a submission are."""

    done: int
    """Rows that are on record in shards."""
    total: int
    """Rows of all shards."""
    shards: Mapping[State, int]
    """State -> shards in it."""
    generate: TaskState | None = None
    """Phase "generate"; None where there is none to do."""
    merge: TaskState | None = None
    """The shards become the study, and what they left is answered; None where that is not to be
    done."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Task -> why it ended before its end, or that it has not been heard of for a minute."""

    @property
    def is_done(self) -> bool:
        """Whether every task is done."""
        programs = self.generate is None or self.generate.state == "done"
        if self.merge is None:
            return programs and set(self.shards) <= {"done"}
        return programs and set(self.shards) <= {"done", "left"} and self.merge.state == "done"

    @property
    def words(self) -> str:
        """What is going on beside rows."""
        if self.generate is not None and self.generate.state != "done":
            return f"generate {self.generate.done}/{self.generate.total}"
        if self.merge is not None and self.merge.state == "running":
            return "merge"
        return ", ".join(f"{count} {state}" for state, count in self.shards.items())

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "is_done": self.is_done}


@dataclass(frozen=True, slots=True)
class Submission:
    """The tasks of a study in shards."""

    out: Path
    """The study folder, absolute."""
    place: Path
    """Folder of the submission."""
    generate: Task | None
    """Comes before the shards; None where the study has no generator, or only shards are to be
    done."""
    shards: tuple[Task, ...]
    """None where only programs are to be written."""
    merge: Task | None = None
    """Comes after the shards; None where one phase only is to be done."""

    @classmethod
    def plan(
        cls,
        config: StudyConfig,
        folder: Path,
        count: int,
        *,
        phase: Phase | None = None,
        scratch: Path | None = None,
        overlap: float = 0.0,
    ) -> Submission:
        """Divide a study; no model is opened, so this needs no weights.

        Args:
            config: The study.
            folder: Its folder, which all machines must see.
            count: Shards of each solver.
            phase: Do one phase only.
            scratch: See `Task.scratch`.
            overlap: Share of the items of the shard before it that each answers too.

        Raises:
            ConfigError: There is no such number of shards, or the folder holds another study.
            ItemError: Items can't be read.
        """
        shards = [
            replace(shard, overlap=overlap) for shard in shards_of(config.models.solvers, count)
        ]
        items = study_items(config)
        out = folder.absolute()
        out.mkdir(parents=True, exist_ok=True)
        check_or_write_config(config, out)
        place = out / SUBMIT / _digest(config, out, count, overlap)
        rows = max(len(config.models.generators), 1)
        study = out / CONFIG_NAME
        generate = Task(study, out, place, None, 0, scratch) if config.models.generators else None
        tasks = tuple(
            Task(study, out, place, shard, rows * sum(map(shard.holds, items)), scratch)
            for shard in shards
        )
        return cls(
            out,
            place,
            None if phase == "answer" else generate,
            () if phase == "generate" else tasks,
            None if phase is not None else Task(study, out, place, None, merges=True),
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks; phase "generate" comes first, the merge last."""
        before, after = (() if task is None else (task,) for task in (self.generate, self.merge))
        return (*before, *self.shards, *after)

    def missing(self) -> list[Task]:
        """Tasks that are not done; phase "generate" comes first, the merge last."""
        return [task for task in self.tasks if not self._is_done(task)]

    def progress(self) -> ShardsProgress:
        """How far they are now, as they tell it themselves."""
        states = {task.name: read_state(task.state_file) for task in self.tasks}
        ours = [(task, states[task.name]) for task in self.shards]
        problems = {
            name: state.note or state.state
            for name, state in states.items()
            if state.state in ("again", "failed") or (state.state == "left" and self.merge is None)
        }
        problems |= {
            name: f"not heard of for a minute, on {state.host}"
            for name, state in states.items()
            if state.is_silent()
        }
        total = sum(task.rows for task, _ in ours)
        merge = states.get("merge")
        return ShardsProgress(
            # What shards had left is done by then.
            done=total
            if merge is not None and merge.state == "done"
            else sum(min(state.done, task.rows) for task, state in ours),
            total=total,
            shards=dict(Counter(state.state for _, state in ours)),
            generate=states.get("generate"),
            merge=merge,
            problems=problems,
        )

    def write(self, about: Mapping[str, object]) -> None:
        """Put on record what is submitted, for people and for whoever looks again.

        Args:
            about: What the executor has to say.
        """
        told = {"out": str(self.out), "tasks": [task.name for task in self.tasks], **about}
        write_text(self.place / _RECORD, json.dumps(told, indent=2) + "\n")

    def _is_done(self, task: Task) -> bool:
        state = read_state(task.state_file).state
        if state != "done" and not (state == "left" and self.merge is not None):
            return False
        folder = self.out if task.shard is None else shard_folder(self.out, task.shard)
        return (folder / FILE_NAME).is_file() or (folder / MANIFEST).is_file()


def jobs_of(place: Path) -> list[str]:
    """Numbers of the jobs that a submission was handed over as, where a queue has it.

    Args:
        place: Its folder.
    """
    try:
        jobs = json.loads((place / _RECORD).read_text("utf-8"))["jobs"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [str(job) for job in jobs] if isinstance(jobs, list) else []


def _digest(config: StudyConfig, out: Path, count: int, overlap: float) -> str:
    """A hash of all that decides what the tasks do. What was to be done again is a part of it: what
    tasks had done before is not all that there is to do then."""
    parts = f"{count}, {overlap}" if overlap else f"{count}"
    told = hashlib.sha256(f"{__version__}\n{parts}\n{config.to_toml()}".encode())
    files = item_files(config)
    if config.models.registry is not None:
        files.append(Path(config.base, config.models.registry))
    if config.prompts_folder is not None:
        files += sorted(path for path in config.prompts_folder.rglob("*") if path.is_file())
    for path in files:
        told.update(hashlib.sha256(path.read_bytes()).digest())
    for redo in known_redos([out, *sorted((out / SHARDS).glob("*"))]):
        told.update(redo.encode("utf-8", "surrogatepass"))
    return told.hexdigest()[:12]
