"""A study folder -> a package.

The same study gives the same bytes. What names this machine is left out: of item files, the
registry and weight files only the names are kept. What a model card's `options` say is part of the
model's identity and is kept as it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from cgr_nb.errors import PromptError
from cgr_nb.package.archive import PackageError, write_archive
from cgr_nb.package.coding import dump, write_lines
from cgr_nb.package.contents import Contents, Records, row_frame
from cgr_nb.package.dictionary import data_dictionary
from cgr_nb.package.lines import PromptLine
from cgr_nb.package.manifest import MANIFEST, make_manifest
from cgr_nb.package.readme import readme
from cgr_nb.package.tables import TABLES, file_name
from cgr_nb.prompts import load_template
from cgr_nb.records import Row
from cgr_nb.store import Store
from cgr_nb.study import StudyConfig
from cgr_nb.study.config import BUNDLED

__all__ = ["export_package", "prompt_texts", "summary_bytes"]

_QUOTE = re.compile(r"(?<!\{)\{([a-z_]+@\d+)\}")


def export_package(
    folder: Path, target: Path, on_progress: Callable[[str, int, int], None] | None = None
) -> Path:
    """Write the package of a study.

    Args:
        folder: The study: `study.toml` and `study.sqlite`. It is only read.
        target: A file name ending in `.zip`, or else a folder that is empty or not there.
        on_progress: Called with the file being made, files done and files to make.

    Returns:
        The target.

    Raises:
        StoreError: There is no study, or it is damaged.
        ConfigError: Its `study.toml` can't be read.
        PackageError: A prompt template of the study is not known any more, or the target can't be
            written.
    """
    tell = on_progress or (lambda name, done, total: None)
    config = _without_places(StudyConfig.load(folder / "study.toml"))
    lines: dict[str, list[Any]] = {}
    with Store.open(folder) as store:
        # One transaction, so that a study that is still running gives one moment of itself.
        store.connection.execute("BEGIN")
        for done, table in enumerate(TABLES):
            tell(table.file, done, len(TABLES) + 1)
            lines[table.name] = list(table.read(store))
        wanted = store.wanted_ids()
        store.connection.execute("ROLLBACK")
    records = _of_study(Contents(config, Records(**lines)), wanted)
    tell("summary.json", len(TABLES), len(TABLES) + 1)
    members = {table.file: write_lines(getattr(records, table.name)) for table in TABLES}
    members |= prompt_texts(records.prompts)
    members["study.toml"] = config.to_toml().encode()
    members["summary.json"] = summary_bytes(records.rows)
    members["data_dictionary.md"] = data_dictionary().encode()
    members["README.md"] = readme(config.name).encode()
    manifest = make_manifest(config.name, members, len(records.rows), len(wanted))
    members[MANIFEST] = manifest.to_bytes()
    write_archive(members, target)
    tell(target.name, len(TABLES) + 1, len(TABLES) + 1)
    return target


def _of_study(contents: Contents, wanted: set[str]) -> Records:
    """The records that the study is made of, without what earlier runs of other items or models
    left in the folder, or a run that was stopped. Calls are kept, whoever needed them.

    Raises:
        PackageError: The study was last run by a version of cgr-nb that named rows otherwise.
    """
    units = [unit for unit in contents.units.values() if unit.row_id in wanted]
    if len(units) != len(wanted):
        raise PackageError(
            "the study was last run by another version of cgr-nb, or with another study.toml",
            got=f"{len(units)} of its {len(wanted)} rows are known here",
            fix="run it again, or export with the version that ran it",
        )
    records = contents.records
    items = {unit.item.id for unit in units}
    models = {
        (card.name, card.identity) for unit in units for card in (unit.solver, unit.generator)
    }
    scaffolds = {row.scaffold_id for row in records.rows}
    programs = {row.program_id for row in records.rows}
    runs = {row.execution_id for row in records.rows}
    prompts = contents.prompt_hashes()
    return replace(
        records,
        items=[item for item in records.items if item.id in items],
        models=[card for card in records.models if (card.name, card.identity) in models],
        prompts=[prompt for prompt in records.prompts if prompt.hash in prompts],
        scaffolds=[scaffold for scaffold in records.scaffolds if scaffold.id in scaffolds],
        programs=[program for program in records.programs if program.id in programs],
        executions=[run for run in records.executions if run.id in runs],
        traces=[trace for trace in records.traces if trace.execution_id in runs],
        verdicts=[verdict for verdict in records.verdicts if verdict.program_id in programs],
    )


def summary_bytes(rows: Iterable[Row]) -> bytes:
    """Every number of the report, as JSON."""
    from cgr_nb.analysis.stats import summarise

    found = summarise(row_frame(rows)).to_dict()
    return (dump(found, indent=2) + "\n").encode()


def _without_places(config: StudyConfig) -> StudyConfig:
    """The config with files by name."""
    # Files of one name from two folders are one name here.
    names = dict.fromkeys(
        file if file.startswith(BUNDLED) else file_name(file) for file in config.items.files
    )
    registry = config.models.registry
    moved = replace(
        config,
        items=replace(config.items, files=tuple(names)),
        models=replace(config.models, registry=file_name(registry) if registry else None),
    )
    # Read back once: a default that is a whole number is written otherwise than the same value
    # read from a file, and a package is written in one way only.
    return StudyConfig.from_dict(tomllib.loads(moved.to_toml()))


def prompt_texts(prompts: Iterable[PromptLine]) -> dict[str, bytes]:
    """The files of templates, and of what they quote, as they are installed here.

    Raises:
        PackageError: A template is not here, or has another text.
    """
    templates = resources.files("cgr_nb.prompts").joinpath("templates")
    texts: dict[str, bytes] = {}
    for prompt in prompts:
        try:
            known = load_template(prompt.name, prompt.profile, prompt.version).hash
        except PromptError:
            known = None
        if known != prompt.hash:
            raise PackageError(
                "this version of cgr-nb knows no such template, or another text of it",
                where=prompt.file,
                fix="use the version that ran the study",
            )
        text = templates.joinpath(prompt.file.removeprefix("prompts/")).read_bytes()
        texts[prompt.file] = text
        for quoted in _QUOTE.findall(text.decode("utf-8")):
            texts[f"prompts/{quoted}.txt"] = templates.joinpath(f"{quoted}.txt").read_bytes()
    return texts
