"""Programs that come back from elsewhere, into the study: every line of every file is told.

All files of one import are taken or none, whatever happens meanwhile; what was taken before is
found there, so an import can be repeated. Who wrote what, and in which file it came, is kept beside
the records (`imports`).
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cgr_nb.errors import ConfigError, ModelError, did_you_mean
from cgr_nb.models.program_files import PROGRAM_SUFFIXES, read_program_files
from cgr_nb.models.written_reply import WrittenReply
from cgr_nb.records import content_id
from cgr_nb.scaffolds import extract_program
from cgr_nb.store import Store
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.program_prompts import (
    ProgramPrompt,
    answer_on_record,
    program_prompts,
    record_reply,
)
from cgr_nb.study.run import open_to_fill

__all__ = ["OUTCOMES", "Imported", "ImportedFile", "LineOutcome", "import_programs", "imports"]

_LOGGER = logging.getLogger(__name__)

Outcome = Literal[
    "imported",
    "no_program",
    "already_there",
    "conflict",
    "no_such_item",
    "provider_error",
    "unreadable",
    "blank",
]
OUTCOMES: Mapping[Outcome, str] = {
    "imported": "taken",
    "no_program": "taken, as a reply without a program",
    "already_there": "on record already, the same",
    "conflict": "left out: another reply is on record",
    "no_such_item": "left out: for no prompt or item of the study",
    "provider_error": "left out: an error instead of a reply",
    "unreadable": "left out: can't be read",
    "blank": "empty lines",
}
"""What became of a line, in words."""
_ON_RECORD = ("imported", "no_program", "already_there", "blank")
_META = "imports"


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of one line."""

    where: str
    """File and line."""
    outcome: Outcome
    key: str | None
    """What the line says it is for."""
    why: str
    """In words; empty where it was taken."""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What became of one file or folder."""

    file: str
    sha256: str
    """Of the file; of a folder, of the names and hashes of its files."""
    lines: int
    """All lines, empty ones too; of a folder, its files and theirs."""
    outcomes: Mapping[Outcome, int]
    """Together they are `lines`."""
    writers: Mapping[str, int]
    """Model -> programs of it that were taken; "" for those of whom nothing is said."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to."""

    files: tuple[ImportedFile, ...]
    left_out: tuple[LineOutcome, ...]
    """Lines that brought nothing and should have, in order."""
    missing: int
    """Prompts of the study that still have no reply."""

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """Lines by outcome, of all files."""
        return {name: sum(file.outcomes.get(name, 0) for file in self.files) for name in OUTCOMES}

    @property
    def is_whole(self) -> bool:
        """Whether every line is on record now."""
        return not self.left_out

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "outcomes": self.outcomes}


def import_programs(
    config: StudyConfig,
    folder: Path,
    paths: Sequence[str | Path],
    *,
    generator: str | None = None,
    writer: str | None = None,
) -> Imported:
    """Take programs into a study, each as the call that the study would have made for it.

    Args:
        config: The study.
        folder: Where its records are, or will be.
        paths: Files and folders, see `cgr_nb.models.program_files`.
        generator: Whose programs those are that only name their item; None: the study's only one.
        writer: Who wrote those that do not say it themselves.

    Raises:
        ConfigError: There is no such generator, or no file is named.
        ModelError: A file is not there or can't be read at all; nothing is taken.
        CgrError: As `run_study`.
    """
    if not paths:
        raise ConfigError("nothing to import", fix="name files or folders of programs")
    with open_to_fill(config, folder) as (store, inputs):
        names = [card.name for card in inputs.generators]
        if generator is not None and generator not in names:
            raise ConfigError(
                f"the study has no generator {generator!r}", fix=did_you_mean(generator, names)
            )
        prompts = program_prompts(inputs)
        with store.transaction():
            work = _Import(store, prompts, generator, writer)
            files = tuple(work.take(Path(path)) for path in paths)
            work.keep()
        missing = sum(answer_on_record(store, prompt) is None for prompt in prompts)
    done = Imported(files, tuple(work.left_out), missing)
    _LOGGER.info("imported into %s: %s", folder, done.outcomes)
    return done


def imports(store: Store) -> list[dict[str, Any]]:
    """The imports on record, oldest first, JSON-ready: time, file, sha256, and of each call that
    came so, by id, who wrote it (`writer`), `where` it stood, and whether it is still the one on
    record (`stands`: it may have been asked again since)."""
    found: list[dict[str, Any]] = store.meta(_META) or []
    for one in found:
        for id, told in one["calls"].items():
            call = store.call(id)
            text = call.reply.text if call is not None and call.reply is not None else None
            told["stands"] = text is not None and _text_id(text) == told.pop("text")
    return found


class _Import:
    """One import at work."""

    def __init__(
        self,
        store: Store,
        prompts: Iterable[ProgramPrompt],
        generator: str | None,
        writer: str | None,
    ) -> None:
        self.left_out: list[LineOutcome] = []
        self._store = store
        self._writer = writer
        self._by_key: dict[str, ProgramPrompt] = {}
        self._by_item: dict[str, list[ProgramPrompt]] = {}
        self._events: list[dict[str, Any]] = []
        for prompt in prompts:
            self._by_key |= {prompt.key: prompt, prompt.call_id: prompt}
            if prompt.purpose == "scaffold" and generator in (None, prompt.card.name):
                for item in prompt.items:
                    self._by_item.setdefault(item.id, []).append(prompt)

    def take(self, path: Path) -> ImportedFile:
        """All lines of a file or folder."""
        outcomes: Counter[Outcome] = Counter()
        writers: Counter[str] = Counter()
        calls: dict[str, dict[str, Any]] = {}
        digest = _sha256(path)
        for line in read_program_files(path):
            outcome, why, prompt = self._one(line)
            outcomes[outcome] += 1
            if outcome not in _ON_RECORD:
                self.left_out.append(LineOutcome(line.where, outcome, line.key, why))
            elif prompt is not None and outcome != "already_there":
                who = line.writer or self._writer or ""
                writers[who] += 1
                calls[prompt.call_id] = {
                    "writer": who or None,
                    "where": line.where,
                    "text": _text_id(line.text),
                }
        file = ImportedFile(
            path.name, digest, outcomes.total(), dict(outcomes), dict(sorted(writers.items()))
        )
        if calls:
            time = datetime.now(UTC).isoformat(timespec="seconds")
            self._events.append({"time": time, **asdict(file), "calls": calls})
        return file

    def keep(self) -> None:
        """Record where what was taken came from."""
        if self._events:
            self._store.set_meta(_META, [*(self._store.meta(_META) or []), *self._events])

    def _one(self, line: WrittenReply) -> tuple[Outcome, str, ProgramPrompt | None]:
        if line.kind == "blank":
            return "blank", "", None
        if line.kind == "unreadable":
            return "unreadable", line.text, None
        if line.kind == "error":
            return "provider_error", line.text, None
        prompt = self._prompt_of(line)
        if isinstance(prompt, str):
            return "no_such_item", prompt, None
        known = answer_on_record(self._store, prompt)
        program = extract_program(line.text)
        if known is None:
            record_reply(self._store, prompt, line, self._writer)
            return ("no_program" if program is None else "imported"), "", prompt
        if known.reply is None:
            return "conflict", f"the study has it on record as refused: {known.error}", prompt
        same = known.reply.text == line.text
        if same or (program is not None and extract_program(known.reply.text) == program):
            return "already_there", "", prompt
        return "conflict", "another reply to this prompt is on record; it is kept", prompt

    def _prompt_of(self, line: WrittenReply) -> ProgramPrompt | str:
        """The prompt that a line is for, or why there is none."""
        if line.key is None:
            return "it names no prompt and no item"
        key = line.key.strip()
        key = key[: -len(".py")] if key.lower().endswith(".py") else key
        if key in self._by_key:
            return self._by_key[key]
        of_item = self._by_item.get(key, [])
        if len(of_item) > 1:
            return "the study has several generators and the line names an item: name a generator"
        return of_item[0] if of_item else "the study has no such prompt or item"


def _text_id(text: str) -> str:
    return content_id("reply", text)


def _sha256(path: Path) -> str:
    """Hash of a file, or of the names and hashes of a folder's files."""
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for file in sorted(path.iterdir()):
                if file.suffix.lower() in PROGRAM_SUFFIXES and file.is_file():
                    name = file.name.encode("utf-8", "surrogateescape")
                    digest.update(name + b"\0" + _sha256(file).encode() + b"\n")
            return digest.hexdigest()
        if not path.is_file():
            raise ModelError("no such file of programs", where=str(path), fix="check the path")
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"can't be read: {error.strerror}", where=str(path)) from error
