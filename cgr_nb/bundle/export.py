"""A study folder -> a package. The same study gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from cgr_nb.bundle.archive_form import LIMITS, ArchiveLimits, PackageError
from cgr_nb.bundle.archive_writing import ArchiveWriter
from cgr_nb.bundle.coding import lines_in_pieces
from cgr_nb.bundle.contents import Contents
from cgr_nb.bundle.dictionary import data_dictionary
from cgr_nb.bundle.identity import check_identity
from cgr_nb.bundle.manifest import MANIFEST, make_manifest
from cgr_nb.bundle.reading import PROMPTS, read_study
from cgr_nb.bundle.readme import readme
from cgr_nb.bundle.rows import PromptLine
from cgr_nb.bundle.summary import summary_bytes
from cgr_nb.bundle.tables import TABLES, Table
from cgr_nb.bundle.verification import Findings
from cgr_nb.errors import PromptError
from cgr_nb.prompts import load_template
from cgr_nb.prompts.template import BUNDLED
from cgr_nb.util.collecting import seldom_collected

__all__ = ["export_package", "quotes_of"]

_QUOTE = re.compile(rb"(?<!\{)\{([a-z_]+@\d+)\}")


def export_package(
    folder: Path,
    target: Path,
    on_progress: Callable[[str, int, int], None] | None = None,
    limits: ArchiveLimits = LIMITS,
) -> Path:
    """Write the package of a study.

    Args:
        folder: The study: `study.toml` and `study.sqlite`. It is only read.
        target: A file name ending in `.zip`, or else a folder that is empty or not there.
        on_progress: Called with the file being made, files done and files to make.
        limits: What a package may be at most; more is refused before anything is made, as far as
            that can be told beforehand.

    Returns:
        The target.

    Raises:
        StoreError: There is no study, or it is damaged.
        ConfigError: Its `study.toml` can't be read.
        PackageError: A prompt template of the study is not known any more, its records contradict
            each other, it is more than a package holds, or the target can't be written.
    """
    tell = on_progress or (lambda name, done, total: None)
    with seldom_collected():
        _export(folder, target, tell, limits)
    return target


def _export(
    folder: Path, target: Path, tell: Callable[[str, int, int], None], limits: ArchiveLimits
) -> None:
    steps = len(TABLES) + 1
    study = read_study(folder, lambda name, done, total: tell(name, done, steps), limits)
    _check(study.contents)
    contents, config = study.contents, study.contents.recorded_config
    records = contents.records
    tell("summary.json", len(TABLES), steps)
    with ArchiveWriter(limits) as writer:
        # The tables first: whether they are too many is known before anything is computed.
        for table in TABLES:
            writer.add(table.file, _lines(table, getattr(records, table.name), limits))
        others = {
            **_prompt_texts(records.prompts, study.prompts_folder),
            "study.toml": config.to_toml().encode(),
            "summary.json": summary_bytes(contents),
            "data_dictionary.md": data_dictionary().encode(),
            "README.md": readme(config.name).encode(),
        }
        for name, body in others.items():
            writer.add(name, [body])
        manifest = make_manifest(
            config.name,
            writer.files,
            python=study.python,
            rows=len(records.rows),
            units=study.rows_due,
            answers=len(records.answers),
            answers_due=len(contents.answers_due()),
        )
        writer.add(MANIFEST, [manifest.to_bytes()])
        writer.write(target)
    tell(target.name, steps, steps)


def _lines(table: Table, records: Iterable[Any], limits: ArchiveLimits) -> Iterator[bytes]:
    """The lines of a table, none of them longer than can be read."""
    for piece in lines_in_pieces(records):
        if len(piece) > limits.line_bytes and max(map(len, piece.split(b"\n"))) > limits.line_bytes:
            raise PackageError(
                f"a line of a package has at most {limits.line_bytes:,} bytes", where=table.file
            )
        yield piece


def _check(contents: Contents) -> None:
    """Refuse what `verify` would refuse: better here, where the study still is."""
    findings = Findings()
    check_identity(contents, findings)
    if findings.problems:
        first = findings.problems[0]
        raise PackageError(
            f"the study's records contradict each other: {first.where}: {first.what}",
            got=f"{len(findings.problems)} such problems",
            fix="run the study again, or run it in a new folder",
        )


def quotes_of(template: bytes) -> list[str]:
    """Names, as "contract@1", of the files that a template quotes."""
    return [name.decode() for name in _QUOTE.findall(template)]


def _prompt_texts(prompts: Iterable[PromptLine], folder: Path | None) -> dict[str, bytes]:
    """The files of templates, and of what they quote."""
    roots = [BUNDLED] if folder is None else [folder, BUNDLED]

    def text_of(name: str) -> bytes:
        """Of the first folder that has it, as the study found it."""
        places = [root / name for root in roots if (root / name).is_file()]
        return places[0].read_bytes() if places else b""

    texts: dict[str, bytes] = {}
    for prompt in prompts:
        try:
            known = load_template(prompt.name, prompt.profile, prompt.version, folder, None).hash
        except PromptError:
            known = None
        if known != prompt.hash:
            raise PackageError(
                "a template that the study was run with no longer exists",
                where=prompt.file,
                fix="restore its text, or use the version of cgr-nb that ran the study",
            )
        text = text_of(prompt.file.removeprefix(f"{PROMPTS}/"))
        texts[prompt.file] = text
        for quoted in quotes_of(text):
            texts[f"{PROMPTS}/{quoted}.txt"] = text_of(f"{quoted}.txt")
    return texts
