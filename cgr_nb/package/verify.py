"""Checks a package against itself, with no model: hashes, ids, rows, replays, numbers.

What it finds. Any changed byte of an archive or of a file that the manifest names. Where the
manifest was made anew for the changed files: whatever then contradicts the rest, named by file and
id: a letter, status, token count or error of a row; a row added; an item, gold, program, prompt,
scaffold, message or sampling changed (their hashes are ids, and ids are in other ids); an outcome,
ask or step of a run that the program does not have when it is run again; a number of the report.

What it can't find. The package is evidence, not proof of where it came from: all ids are plain
hashes, so a patient forger can

- invent replies (or token counts, error texts) of models and recompute everything that follows;
- leave out whole items, solvers or rows with all that belongs to them and call the study incomplete
  or smaller (what is missing from the product of items, solvers and generators is a note);
- move an item to another `config`, in item and rows alike: the item's id does not cover it;
- claim that a run was killed or ran into time, CPU or memory limits (with clock readings to
  match), which another machine need not repeat: a note;
- write a program into a generator's reply whose outcome differs from run to run: a note too;
- change what nothing rests on: durations, `prompt_text`, the isolation that runs are said to have
  had, model metadata beside the weight hash, `meta` of items, sources, verdicts, the study's name.

Asking the named weights again is the check for the first; a hash of the whole package that was
published in time is the check for all of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cgr_nb import __version__
from cgr_nb.answers import EXTRACTION_VERSION
from cgr_nb.blocking import run_blocking
from cgr_nb.errors import ConfigError
from cgr_nb.package.archive import PackageError, read_archive
from cgr_nb.package.coding import FormatError, read_lines
from cgr_nb.package.contents import Contents, Records
from cgr_nb.package.dictionary import data_dictionary
from cgr_nb.package.export import prompt_texts
from cgr_nb.package.identity import check_identity
from cgr_nb.package.manifest import (
    MANIFEST,
    SCHEMA_VERSION,
    Manifest,
    file_entry,
    python_version,
)
from cgr_nb.package.numbers import check_numbers
from cgr_nb.package.readme import readme
from cgr_nb.package.replaying import replay_all
from cgr_nb.package.rows import check_rows
from cgr_nb.package.tables import TABLES
from cgr_nb.package.verification import Findings, Verification
from cgr_nb.sandbox import Level
from cgr_nb.sandbox.protocol import VERSION as PROTOCOL_VERSION
from cgr_nb.study import StudyConfig

__all__ = ["verify_package"]

Progress = Callable[[str, int, int], None]
_FILES = (*(table.file for table in TABLES), "study.toml", "summary.json")
_TEXTS = ("README.md", "data_dictionary.md")


class _Stop(Exception):
    """What is wrong has been told, and leaves nothing to check. A signal between the functions
    here."""


def verify_package(
    path: Path,
    on_progress: Progress | None = None,
    replay: bool = True,
    isolation: Level = "strict",
) -> Verification:
    """Check a package (see the module for what that does and does not show).

    Args:
        path: The zip file or folder.
        on_progress: Called with what is being checked, how much is done and how much there is.
        replay: Run every program again. The package's programs are a stranger's code: they run in
            the sandbox and nowhere else.
        isolation: Weakest sandbox level to accept; what the package says of it is not asked.

    Returns:
        What was found. A hostile, damaged or contradictory package is a result, not an error.

    Raises:
        PackageError: There is no package at the path.
        IsolationError: This machine can't give the isolation; verify with `replay=False` then.
    """
    tell = on_progress or (lambda name, done, total: None)
    if not path.exists():
        raise PackageError("no package here", where=str(path), fix="check the path")
    findings = Findings()
    with suppress(_Stop):
        _verify(path, findings, tell, replay, isolation)
    return findings.verification()


def _verify(path: Path, findings: Findings, tell: Progress, replay: bool, isolation: Level) -> None:
    tell("archive", 0, 1)
    try:
        members = read_archive(path)
    except PackageError as refusal:
        findings.problem(refusal.where or path.name, refusal.what)
        raise _Stop from refusal
    manifest = _manifest(members, findings)
    if (manifest.extraction, manifest.protocol) != (EXTRACTION_VERSION, PROTOCOL_VERSION):
        what = "its rows were made by other rules than this version has"
        findings.problem(MANIFEST, f"{what} ({_maker(manifest)})")
        raise _Stop
    contents = _contents(members, findings)
    _prompts(members, contents, manifest, findings)
    _texts(members, contents, manifest, findings)
    tell("ids", 0, 1)
    check_identity(contents, findings)
    _completeness(contents, manifest, findings)
    for done, _ in enumerate(check_rows(contents, manifest.complete, findings)):
        tell("rows", done, len(contents.records.rows))
    tell("numbers", 0, 1)
    check_numbers(contents, members["summary.json"], findings)
    if replay:
        same_python = manifest.python == python_version()
        if not same_python:
            what = f"Python {manifest.python} there, {python_version()} here: error texts and"
            findings.note(MANIFEST, f"{what} steps of replays are not compared")
        run_blocking(
            lambda: replay_all(
                contents,
                findings,
                same_python=same_python,
                isolation=isolation,
                on_done=lambda done, total: tell("replays", done, total),
            )
        )


def _manifest(members: Mapping[str, bytes], findings: Findings) -> Manifest:
    """Read the manifest and compare every file with it."""
    if MANIFEST not in members:
        findings.problem(MANIFEST, "is missing")
        raise _Stop
    try:
        manifest = Manifest.from_bytes(members[MANIFEST])
    except FormatError as error:
        findings.problem(MANIFEST, str(error))
        raise _Stop from error
    if manifest.schema != SCHEMA_VERSION:
        what = f"a package of schema {manifest.schema!r}; this program reads {SCHEMA_VERSION!r}"
        findings.problem(MANIFEST, what)
        raise _Stop
    if manifest.cgr_nb != __version__:
        findings.note(MANIFEST, _maker(manifest))
    for name in sorted({*members, *manifest.files} - {MANIFEST}):
        findings.checked["files"] += 1
        if name not in members:
            findings.problem(name, "is in the manifest and not in the package")
        elif name not in manifest.files:
            findings.problem(name, "is in the package and not in the manifest")
        elif (due := file_entry(name, members[name])) != manifest.files[name]:
            findings.problem(name, f"is not what the manifest says: SHA-256 is {due.sha256}")
    return manifest


def _contents(members: Mapping[str, bytes], findings: Findings) -> Contents:
    missing = [name for name in (*_FILES, *_TEXTS) if name not in members]
    for name in missing:
        findings.problem(name, "is missing")
    if missing:
        raise _Stop
    lines: dict[str, Any] = {}
    for table in TABLES:

        def on_bad(number: int, why: str, file: str = table.file) -> None:
            findings.problem(f"{file} line {number}", why)

        lines[table.name] = read_lines(table.kind, members[table.file], on_bad)
    return Contents(_config(members["study.toml"], findings), Records(**lines))


def _config(data: bytes, findings: Findings) -> StudyConfig:
    try:
        config = StudyConfig.from_dict(tomllib.loads(data.decode("utf-8")), where="study.toml")
    except (ConfigError, ValueError, RecursionError) as error:
        findings.problem("study.toml", str(error))
        raise _Stop from error
    if config.to_toml().encode() != data:
        findings.problem("study.toml", "is not written as a package writes it")
    return config


def _texts(
    members: Mapping[str, bytes], contents: Contents, manifest: Manifest, findings: Findings
) -> None:
    """The texts that explain the package are the program's own."""
    if manifest.study != contents.config.name:
        findings.problem(MANIFEST, f"study is {manifest.study!r}, not {contents.config.name!r}")
    due = {"README.md": readme(contents.config.name), "data_dictionary.md": data_dictionary()}
    for name, text in due.items():
        if members[name] != text.encode() and manifest.cgr_nb == __version__:
            findings.problem(name, "is not the text that this version writes")


def _completeness(contents: Contents, manifest: Manifest, findings: Findings) -> None:
    rows, units = len(contents.records.rows), len(contents.units)
    due = {"rows": rows, "units": units, "complete": rows == units}
    for name, value in due.items():
        if getattr(manifest, name) != value:
            what = f"{name} is {getattr(manifest, name)}; the package has {value}"
            findings.problem(MANIFEST, what)


def _prompts(
    members: Mapping[str, bytes], contents: Contents, manifest: Manifest, findings: Findings
) -> None:
    """The prompts are those of this version of cgr-nb, or rows can't be made anew with it."""
    try:
        texts = prompt_texts(contents.records.prompts)
    except PackageError as error:
        findings.problem(error.where or "prompts.jsonl", f"{error.what} ({_maker(manifest)})")
        raise _Stop from error
    for name in sorted({*texts, *(name for name in members if name.startswith("prompts/"))}):
        if name not in members:
            findings.problem(name, "is missing")
        elif name not in texts:
            findings.problem(name, "is no template of this study, and none quotes it")
        elif members[name] != texts[name]:
            findings.problem(name, "is not the text that its hash in prompts.jsonl stands for")
    if {prompt.hash for prompt in contents.records.prompts} != contents.prompt_hashes():
        what = f"are not the templates that the models would be asked with ({_maker(manifest)})"
        findings.problem("prompts.jsonl", what)
        raise _Stop


def _maker(manifest: Manifest) -> str:
    return f"made by cgr-nb {manifest.cgr_nb}, checked by {__version__}"
