"""Has a package its form? Archive, manifest, tables, settings, templates and texts, before anything
is computed from them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgr_nb import __version__
from cgr_nb.answers import EXTRACTION_VERSION
from cgr_nb.bundle.archive_form import PackageError
from cgr_nb.bundle.archive_reading import Archive
from cgr_nb.bundle.coding import FormatError
from cgr_nb.bundle.contents import Contents, Records
from cgr_nb.bundle.dictionary import data_dictionary
from cgr_nb.bundle.export import quotes_of
from cgr_nb.bundle.manifest import MANIFEST, SCHEMA_VERSION, Manifest
from cgr_nb.bundle.reading import PROMPTS
from cgr_nb.bundle.readme import readme
from cgr_nb.bundle.schema_6 import SCHEMA_6, TABLES_6, call_tables
from cgr_nb.bundle.tables import TABLES
from cgr_nb.bundle.verification import Findings
from cgr_nb.errors import ConfigError, PromptError
from cgr_nb.prompts import load_template
from cgr_nb.sandbox.protocol import VERSION as PROTOCOL_VERSION
from cgr_nb.study import StudyConfig
from cgr_nb.study.absent_arms import absent_arms, without_arms

__all__ = ["Form", "Unreadable", "read_form"]

_FILES = ("study.toml", "summary.json")
_TEXTS = ("README.md", "data_dictionary.md")


class Unreadable(Exception):
    """What is wrong has been told, and leaves nothing to check."""


@dataclass(frozen=True, slots=True)
class Form:
    """A package that can be computed from."""

    manifest: Manifest
    contents: Contents
    summary: bytes
    """`summary.json`."""


def read_form(path: Path, findings: Findings, scratch: Path) -> Form:
    """Read a package and check its form.

    Args:
        path: The zip file or folder.
        findings: Where what is found goes.
        scratch: An empty folder: its templates are put there, where the study's code reads them.

    Raises:
        Unreadable: It is refused, or so broken or so foreign that nothing can be computed.
    """
    try:
        with Archive(path) as members:
            manifest = _manifest(members, findings)
            contents = _contents(members, manifest, findings, scratch)
            _prompts(members, contents, findings)
            _texts(members, contents, manifest, findings)
            _completeness(contents, manifest, findings)
            return Form(manifest, contents, members.read("summary.json"))
    except PackageError as refusal:
        findings.problem(refusal.where or path.name, refusal.what)
        raise Unreadable from refusal


def _manifest(members: Archive, findings: Findings) -> Manifest:
    """Read the manifest and compare every file with it."""
    if MANIFEST not in members:
        findings.problem(MANIFEST, "is missing")
        raise Unreadable
    try:
        manifest = Manifest.from_bytes(members.read(MANIFEST))
    except FormatError as error:
        findings.problem(MANIFEST, str(error))
        raise Unreadable from error
    if manifest.schema not in (SCHEMA_6, SCHEMA_VERSION):
        read = f"{SCHEMA_6!r} and {SCHEMA_VERSION!r}"
        what = f"a package of schema {manifest.schema!r}; this program reads {read}"
        findings.problem(MANIFEST, what)
        raise Unreadable
    if (manifest.extraction, manifest.protocol) != (EXTRACTION_VERSION, PROTOCOL_VERSION):
        what = "its rows were made by other rules than this version has"
        findings.problem(MANIFEST, f"{what} ({_maker(manifest)})")
        raise Unreadable
    if manifest.cgr_nb != __version__:
        findings.note(MANIFEST, _maker(manifest))
    for name in sorted({*members, *manifest.files} - {MANIFEST}):
        findings.checked["files"] += 1
        if name not in members:
            findings.problem(name, "is in the manifest and not in the package")
        elif name not in manifest.files:
            findings.problem(name, "is in the package and not in the manifest")
        elif (due := members.files[name]) != manifest.files[name]:
            findings.problem(name, f"is not what the manifest says: SHA-256 is {due.sha256}")
    return manifest


def _contents(members: Archive, manifest: Manifest, findings: Findings, scratch: Path) -> Contents:
    """The tables, and the templates in a folder of their own: the study's code reads them there."""
    old = manifest.schema == SCHEMA_6
    tables = TABLES_6 if old else TABLES
    files = [table.file for table in tables]
    missing = [name for name in (*files, *_FILES, *_TEXTS) if name not in members]
    for name in missing:
        findings.problem(name, "is missing")
    if missing:
        raise Unreadable
    lines: dict[str, Any] = {}
    for table in tables:

        def on_bad(number: int, why: str, file: str = table.file) -> None:
            findings.problem(f"{file} line {number}", why)

        if old and table.name == "calls":
            lines |= call_tables(members.lines(table.file), on_bad)
        else:
            lines[table.name] = table.read_lines(members.lines(table.file), on_bad)
    config = _config(members.read("study.toml"), findings)
    for name in members:
        if name.startswith(f"{PROMPTS}/"):
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            (scratch / name).write_bytes(members.read(name))
    try:
        contents = Contents(config, Records(**lines), scratch / PROMPTS)
        contents.units  # noqa: B018 - whether they can be made shows here
        return contents
    except PromptError as error:
        findings.problem(_without(scratch, error.where or PROMPTS), _without(scratch, error.what))
        raise Unreadable from error
    except ConfigError as error:
        findings.problem("study.toml", _without(scratch, str(error)))
        raise Unreadable from error


def _without(scratch: Path, text: str) -> str:
    """A text without the folder that only this check knows."""
    return text.replace(f"{scratch}/", "")


def _config(data: bytes, findings: Findings) -> StudyConfig:
    try:
        found = tomllib.loads(data.decode("utf-8"))
        config = StudyConfig.from_dict(found, where="study.toml", check=False)
        without_arms(config, absent_arms(config)).check("study.toml")
    except (ConfigError, ValueError, RecursionError) as error:
        findings.problem("study.toml", str(error))
        raise Unreadable from error
    if config.to_toml().encode() != data:
        findings.problem("study.toml", "is not written as a package writes it")
    return config


def _texts(members: Archive, contents: Contents, manifest: Manifest, findings: Findings) -> None:
    """The texts that explain the package are the program's own."""
    if manifest.study != contents.config.name:
        findings.problem(MANIFEST, f"study is {manifest.study!r}, not {contents.config.name!r}")
    due = {"README.md": readme(contents.config.name), "data_dictionary.md": data_dictionary()}
    for name, text in due.items():
        ours = (manifest.cgr_nb, manifest.schema) == (__version__, SCHEMA_VERSION)
        if members.read(name) != text.encode() and ours:
            findings.problem(name, "is not the text that this version writes")


def _completeness(contents: Contents, manifest: Manifest, findings: Findings) -> None:
    records, units = contents.records, len(contents.units)
    rows, answers = len(records.rows), len(records.answers)
    # How many answers an arm owes that is not installed here can't be known.
    answers_due = manifest.answers_due if contents.absent_arms else len(contents.answer_ids())
    due = {
        "rows": rows,
        "units": units,
        "answers": answers,
        "answers_due": answers_due,
        "complete": (rows, answers) == (units, answers_due),
    }
    for name, value in due.items():
        if getattr(manifest, name) != value:
            what = f"{name} is {getattr(manifest, name)}; the package has {value}"
            findings.problem(MANIFEST, what)


def _prompts(members: Archive, contents: Contents, findings: Findings) -> None:
    """The templates are those that the ids rest on, and there are no others."""
    folder = contents.config.prompts_folder
    needed = set()
    for prompt in contents.records.prompts:
        text = members.read(prompt.file) if prompt.file in members else b""
        needed |= {prompt.file, *(f"{PROMPTS}/{quoted}.txt" for quoted in quotes_of(text))}
        try:
            found = load_template(prompt.name, prompt.profile, prompt.version, folder, None).hash
        except PromptError:
            found = None
        if found != prompt.hash:
            findings.problem(prompt.file, "is not the text that its hash in prompts.jsonl is of")
    for name in sorted(needed - members.files.keys()):
        findings.problem(name, "is missing")
    for name in sorted(name for name in members if name.startswith(f"{PROMPTS}/")):
        if name not in needed:
            findings.problem(name, "is no template of this study, and none quotes it")
    there = {prompt.hash for prompt in contents.records.prompts}
    due = contents.prompt_hashes()
    # An arm that is not installed here had templates of its own.
    if not there.issuperset(due) or (there != due and not contents.absent_arms):
        what = "are not the templates that the models would be asked with"
        findings.problem("prompts.jsonl", what)
        raise Unreadable


def _maker(manifest: Manifest) -> str:
    return f"made by cgr-nb {manifest.cgr_nb}, checked by {__version__}"
