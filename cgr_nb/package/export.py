"""A study folder -> a package.

The same study gives the same bytes. What names this machine is left out: of item files, the
registry and weight files only the names are kept. What a model card's `options` say is part of the
model's identity and is kept as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import resources
from pathlib import Path

from cgr_nb.package.archive import PackageError, write_archive
from cgr_nb.package.coding import write_lines
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

__all__ = ["BUNDLED", "export_package", "summary_bytes"]

BUNDLED = "bundled:"
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
    total = len(TABLES) + 1
    with Store.open(folder) as store:
        lines = {}
        members = {}
        # One transaction, so that a study that is still running gives one moment of itself.
        store.connection.execute("BEGIN")
        for done, table in enumerate(TABLES):
            tell(table.file, done, total)
            lines[table.name] = list(table.read(store))
            members[table.file] = write_lines(lines[table.name])
        store.connection.execute("ROLLBACK")
    tell("summary.json", total - 1, total)
    records = Records(**lines)
    members |= _prompt_texts(records.prompts)
    members["study.toml"] = config.to_toml().encode()
    members["summary.json"] = summary_bytes(records.rows)
    members["data_dictionary.md"] = data_dictionary().encode()
    members["README.md"] = readme(config.name).encode()
    units = len(Contents(config, records).units)
    members[MANIFEST] = make_manifest(config.name, members, len(records.rows), units).to_bytes()
    write_archive(members, target)
    tell(str(target), total, total)
    return target


def summary_bytes(rows: Iterable[Row]) -> bytes:
    """Every number of the report, as JSON."""
    from cgr_nb.analysis.stats import summarise

    found = summarise(row_frame(rows)).to_dict()
    return (json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _without_places(config: StudyConfig) -> StudyConfig:
    """The config with files by name."""
    names = tuple(
        file if file.startswith(BUNDLED) else file_name(file) for file in config.items.files
    )
    registry = config.models.registry
    return replace(
        config,
        items=replace(config.items, files=names),
        models=replace(config.models, registry=file_name(registry) if registry else None),
    )


def _prompt_texts(prompts: Iterable[PromptLine]) -> dict[str, bytes]:
    """The files of the templates, and of what they quote."""
    templates = resources.files("cgr_nb.prompts").joinpath("templates")
    texts: dict[str, bytes] = {}
    for prompt in prompts:
        if load_template(prompt.name, prompt.profile, prompt.version).hash != prompt.hash:
            raise PackageError(
                "the study used another text of this template than is known here",
                where=prompt.file,
                fix="export with the version of cgr-nb that ran the study",
            )
        text = templates.joinpath(prompt.file.removeprefix("prompts/")).read_bytes()
        texts[prompt.file] = text
        for quoted in _QUOTE.findall(text.decode("utf-8")):
            texts[f"prompts/{quoted}.txt"] = templates.joinpath(f"{quoted}.txt").read_bytes()
    return texts
