"""`cgr-nb items check`: what a reading of item files would accept, and why not the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cgr_nb.errors import ItemError
from cgr_nb.items.findings import source_remarks
from cgr_nb.items.gold import plain_text
from cgr_nb.items.item_file import Columns, ItemFile, item_file
from cgr_nb.items.reading import ItemSet, SourceCount, read_source
from cgr_nb.items.rejection import Rejection

__all__ = ["Check", "FileCheck", "check_items", "format_check"]


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What one file gives."""

    file: str
    """The path as it was handed in."""
    adapter: str | None
    """None when the file can't be read."""
    rows: int
    """Accepted plus rejected: every row of the file."""
    accepted: int
    rejected: dict[str, int]
    """Reason -> rows."""
    examples: dict[str, str]
    """Reason -> the first such row, in words."""
    options: dict[int, int]
    """Number of options -> items."""
    configs: dict[str, int]
    """Config -> items."""
    gold_missing: int
    gold_several: int
    """Items with more than one correct option."""
    options_made: int
    """Items whose options were made around a numeric answer."""
    options_equal: int
    """Items in which two options have the same text."""
    questions_repeated: int
    """Items that ask what an earlier item of this file asks, with other options or answer."""
    error: str | None = None
    """Why the file can't be read at all; None when it can."""
    unused: tuple[str, ...] = ()
    """Columns that no part of an item was read from."""
    datasets: tuple[str, ...] = ()
    """What its items belong to."""
    remarks: tuple[str, ...] = ()
    """What is to be known of the file and its items, a line each; see `items.findings`."""
    paste: str | None = None
    """Lines for study.toml that say what rejected rows leave open; None when nothing is open."""


@dataclass(frozen=True, slots=True)
class Check:
    """The check of one or several files. A duplicate is one across all of them."""

    files: tuple[FileCheck, ...]

    @property
    def rows(self) -> int:
        """Rows of all readable files."""
        return sum(file.rows for file in self.files)

    @property
    def accepted(self) -> int:
        """Items of all readable files."""
        return sum(file.accepted for file in self.files)

    @property
    def rejected(self) -> dict[str, int]:
        """Reason -> rows, over all files, the most frequent first."""
        return dict(sum((Counter(file.rejected) for file in self.files), Counter()).most_common())

    @property
    def ok(self) -> bool:
        """Whether every file can be read and gives at least one item."""
        return all(file.error is None and file.accepted for file in self.files)

    def to_dict(self) -> dict[str, Any]:
        """Return the check as JSON-ready data."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "ok": self.ok,
            "files": [asdict(file) for file in self.files],
        }


def check_items(
    paths: str | Path | ItemFile | Sequence[str | Path | ItemFile],
    adapter: str | None = None,
    *,
    seed: int = 0,
    context_tokens: int | None = None,
    columns: Columns | dict[str, Any] | None = None,
    **said: Any,  # noqa: ANN401 - the other fields of `ItemFile`
) -> Check:
    """Read item files and count what becomes of every row.

    Args:
        paths: One path or several; each is read with its own adapter unless one is named.
        adapter: Name of the adapter for all files; None: guessed for each.
        seed: Seed of distractors, as in `read_items`.
        context_tokens: Tokens that the models have for a prompt; None: not known, lengths are not
            looked at.
        columns: As in `read_items`.
        said: dataset, gold_base, gold, option_labels, encoding, questions: as in `read_items`.

    Returns:
        One `FileCheck` a file; a file that can't be read has its `error` and stops no other.
    """
    seen: dict[str, str] = {}
    files = []
    shared = item_file("these files", columns=columns, **said)
    for path in [paths] if isinstance(paths, str | Path | ItemFile) else paths:
        name = path.path if isinstance(path, ItemFile) else str(path)
        try:
            source = read_source(path, adapter, None, seed, seen, shared)
            files.append(_counted(name, source, context_tokens))
        except ItemError as error:
            files.append(FileCheck(name, None, 0, 0, {}, {}, {}, {}, 0, 0, 0, 0, 0, str(error)))
    return Check(tuple(files))


def format_check(check: Check) -> str:
    """Return the check as plain text: a table of files, then reasons and remarks under each."""
    width = max([len(file.file) for file in check.files] + [len("file")])
    lines = [f"{'file':<{width}}  {'adapter':<16}{'rows':>7}{'accepted':>10}{'rejected':>10}"]
    for file in check.files:
        if file.error is not None:
            told = file.error.replace("\n", "\n    ")
            lines += [f"{file.file:<{width}}  can't be read", f"    {told}"]
            continue
        lines.append(_line(file.file, file.adapter or "", file.rows, file.accepted, width))
        for reason, count in file.rejected.items():
            lines.append(f"    {count} {reason}, such as {file.examples[reason]}")
        lines += [f"    {remark}" for remark in _remarks(file)]
        if file.paste is not None:
            told = file.paste.replace("\n", "\n    ")
            lines += ["    to read those rows, say in study.toml:", f"    {told}"]
    shared = Counter((name, Path(file.file).name) for file in check.files for name in file.datasets)
    for (name, file_name), count in shared.items():
        if count > 1:
            lines.append(
                f"{count} files called {file_name} are one dataset, {name!r}: give each its own"
                ' with dataset = "..." if they are not'
            )
    if len(check.files) > 1:
        lines.append(_line("all", "", check.rows, check.accepted, width))
    return "\n".join(lines)


def _counted(path: str, source: SourceCount, context_tokens: int | None) -> FileCheck:
    reasons: dict[str, Rejection] = {}
    for row in source.rejected:
        reasons.setdefault(row.reason, row)
    whole = ItemSet((source,))
    texts = [[plain_text(text) for text in item.options.values()] for item in source.items]
    return FileCheck(
        file=path,
        adapter=source.adapter,
        rows=len(source),
        accepted=len(source.items),
        rejected=whole.by_reason(),
        examples={reason: str(row) for reason, row in reasons.items()},
        options=dict(sorted(Counter(len(item.options) for item in source.items).items())),
        configs=dict(Counter(item.config for item in source.items).most_common()),
        gold_missing=sum(item.gold is None for item in source.items),
        gold_several=sum(item.gold is not None and len(item.gold) > 1 for item in source.items),
        options_made=sum(item.meta.get("options_from") == "distractors" for item in source.items),
        options_equal=sum(len(set(words)) < len(words) for words in texts),
        questions_repeated=whole.questions_repeated,
        unused=source.unused,
        datasets=tuple(dict.fromkeys(item.dataset for item in source.items)),
        remarks=tuple(source_remarks(source, context_tokens)),
        paste=source.paste,
    )


def _line(name: str, adapter: str, rows: int, accepted: int, width: int) -> str:
    return f"{name:<{width}}  {adapter:<16}{rows:>7}{accepted:>10}{rows - accepted:>10}"


def _remarks(file: FileCheck) -> list[str]:
    if not file.accepted:
        return list(file.remarks)
    spread = ", ".join(f"{count} with {options}" for options, count in file.options.items())
    remarks = [f"dataset: {', '.join(file.datasets[:5])}", f"options: {spread}"]
    told = (
        (file.options_made, "with options made around a numeric answer"),
        (file.gold_several, "with several correct options"),
        (file.options_equal, "with two options of the same text"),
    )
    remarks += [f"{count} {words}" for count, words in told if count]
    return [*remarks, *file.remarks]
