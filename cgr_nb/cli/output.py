"""What commands print: JSON for scripts, short tables for people."""

from __future__ import annotations

import json
import re
import shlex
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cgr_nb.util.surrogates import escape_surrogates

if TYPE_CHECKING:
    from cgr_nb.analysis.arms_alone import ArmAlone
    from cgr_nb.analysis.stats import Summary
    from cgr_nb.audit.findings import HardCodedShare
    from cgr_nb.store import RowCounts
    from cgr_nb.util.progress import Show

__all__ = [
    "at_work",
    "print_failures",
    "print_json",
    "print_next",
    "print_remarks",
    "print_summary",
    "print_table",
    "printable",
    "quoted",
    "show_long_work",
    "show_progress",
]


def show_progress(as_json: bool) -> bool:
    """Whether to draw a bar: for people at a terminal, not into files or JSON pipes."""
    return not as_json and sys.stderr.isatty()


def show_long_work(as_json: bool) -> Show:
    """How work that may take hours shows how far it is: a bar at a terminal (none beside JSON), and
    lines on stderr where there is no terminal."""
    return show_progress(as_json) if sys.stderr.isatty() else "lines"


def at_work(as_json: bool, what: str) -> AbstractContextManager[object]:
    """For work that has no steps to count: says where there is no terminal that it goes on."""
    from cgr_nb.util.progress import ProgressLines

    return nullcontext() if show_long_work(as_json) != "lines" else ProgressLines(what)


def quoted(path: Path | str) -> str:
    """A path or name as a shell takes it."""
    return shlex.quote(str(path))


def print_next(folder: Path, *, report: bool = True) -> None:
    """Print what can be done with a study that has been run: whole commands, to be copied.

    Args:
        folder: The study.
        report: Name the command that writes the report.
    """
    from cgr_nb.notebook import bundled_notebooks

    study, package = quoted(folder), quoted(Path(f"{folder.resolve().name}.zip"))
    steps = [("view", f"cgr-nb view {study}  (report and panels in a browser)")]
    if report:
        page = quoted(folder / "report" / "index.html")
        steps.append(("report", f"cgr-nb report {study}  (then open {page} in a browser)"))
    if find_spec("papermill") and find_spec("jupyterlab"):
        explore = quoted(bundled_notebooks() / "explore.ipynb")
        place = folder / "notebooks"
        steps.append(
            (
                "notebook",
                f"cgr-nb rerun {explore} -p study {quoted(folder.resolve())} --out {quoted(place)}"
                f" && jupyter lab {quoted(place / 'explore.ipynb')}",
            )
        )
    steps.append(("export", f"cgr-nb export {study} -o {package} && cgr-nb verify {package}"))
    click.echo("next:")
    for name, text in steps:
        click.echo(f"  {name}: {text}")


def printable(text: str) -> str:
    """A text from somewhere else with what would steer a terminal escaped; lines and tabs stay."""
    return "".join(
        char
        if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def print_json(value: object) -> None:
    """Print one JSON document."""
    click.echo(escape_surrogates(json.dumps(value, indent=2, ensure_ascii=False)))


def print_table(header: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    """Print aligned columns; numbers stand to the right."""
    cells = [[str(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    right = [
        bool(lines) and all(isinstance(line[i], (int, float)) for line in lines)
        for i in range(len(header))
    ]
    for line in [list(header), *cells]:
        parts = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ]
        click.echo("  ".join(parts).rstrip())


def print_summary(
    summary: Summary, hard_coded: HardCodedShare, alone: Sequence[ArmAlone] = ()
) -> None:
    """Print the headline of a study, and its pairs.

    Args:
        summary: The numbers.
        hard_coded: How many programs are hard-coded.
        alone: What the arms of a study without a generator come to.
    """
    from cgr_nb.report.alone import alone_pairs
    from cgr_nb.report.headline import headline

    click.echo("\n".join(headline(summary, hard_coded, alone)))
    if alone:
        arms = [one.arm for one in alone]
        print_table(
            ("dataset", "config", "solver", "rows", "chance", *arms),
            [
                (
                    *(pair[name] for name in ("dataset", "config", "solver", "rows")),
                    *(_share(share) for share in (pair["chance"], *map(pair["arms"].get, arms))),
                )
                for pair in alone_pairs(alone)
            ],
        )
    if summary.pairs.empty:
        return
    header = (
        *("dataset", "config", "solver", "rows", "direct", "assisted", "generator", "change"),
        *("chance", "always"),
    )
    lines = [
        (
            *(pair["dataset"], pair["config"], pair["solver"], pair["n"]),
            *(f"{pair[share]:.1%}" for share in ("A_b", "A_a", "A_g")),
            f"{pair['difference_pp']:+.1f} pp",
            _share(pair["chance"]),
            "-"
            if pair["constant"] is None
            else f"{pair['constant']} {pair['constant_accuracy']:.1%}",
        )
        for pair in summary.to_dict()["pairs"]
    ]
    print_table(header, lines)


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def print_failures(failures: Sequence[Mapping[str, Any]]) -> None:
    """Rows that failed in the last run."""
    for failure in failures:
        units = failure["units"]
        click.echo(
            f"{units} row{'s' * (units > 1)} failed and will be retried by the next run:"
            f" {failure['error']}"
        )


def _alike(errors: dict[str, int]) -> dict[str, dict[str, int]]:
    """Errors that differ in numbers only, together; how many tokens are too many varies by row."""
    found: dict[str, dict[str, int]] = {}
    for error, rows in errors.items():
        found.setdefault(re.sub(r"\d+", "0", error), {})[error] = rows
    return found


def print_remarks(counts: RowCounts, errors: dict[str, int]) -> None:
    """What a reader must not overlook: rows that failed, and rows that no longer count."""
    for alike in _alike(errors).values():
        example, rows = next(iter(alike)), sum(alike.values())
        more = f" (and {len(alike) - 1} more that differ only in numbers)" if len(alike) > 1 else ""
        click.echo(f"{rows} row{'s' * (rows > 1)} failed: {example}{more}")
    if counts.unasked:
        click.echo(
            f"{counts.unasked} more recorded answers belong to items, models, prompts or settings"
            " that are no longer part of the study; they are excluded from results"
        )
