"""`cgr-nb compare`: two runs on the same items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.output import at_work, print_json, print_table, printable
from cgr_nb.words import RUN_WORDS

if TYPE_CHECKING:
    from cgr_nb.analysis.run_comparison import RunComparison

__all__ = ["command"]


@click.command("compare")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path), required=False)
@click.option("--arm", help="Arm on side A.  [default: direct vs cgr within one study]")
@click.option("--arm-b", help="Arm on side B.  [default: same as side A]")
@click.option("--solver", help="Solver on side A.  [default: all]")
@click.option("--solver-b", help="Solver on side B.  [default: same as --solver]")
@click.option("--generator", help="Generator on side A.  [default: all]")
@click.option("--generator-b", help="Generator on side B.  [default: same as --generator]")
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the comparison as an interactive page, one HTML file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def command(
    a: Path,
    b: Path | None,
    arm: str | None,
    arm_b: str | None,
    solver: str | None,
    solver_b: str | None,
    generator: str | None,
    generator_b: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Compare the study in folder A with the one in folder B, or two arms or models of study A.

    Answers are paired by item (items with the same content are the same item); unpaired answers are
    counted. Prints both accuracies, their difference with a 95 % CI, the flips with an exact
    McNemar test, and the same for slices (dataset, position of the correct option, question length,
    difficulty ...), with simultaneous intervals.
    """
    from cgr_nb.explore.two_runs import compare

    with at_work(as_json, "comparison"):
        found = compare(
            a,
            b,
            arm=arm,
            arm_b=arm_b,
            solver=solver,
            solver_b=solver_b,
            generator=generator,
            generator_b=generator_b,
        )
        if out is not None:
            from cgr_nb.widgets import Comparison

            Comparison(found).save_html(out)
    if as_json:
        print_json({**found.to_dict(), "page": None if out is None else str(out)})
        return
    click.echo(printable(repr(found)))
    _print_slices(found)
    if out is not None:
        click.echo(f"page: {out}")


def _print_slices(found: RunComparison) -> None:
    from cgr_nb.analysis.plain import plain_lines

    if found.slices.empty:
        return
    click.echo(f"\n{RUN_WORDS['multiplicity'].format(count=f'{len(found.slices):,}')}")
    print_table(
        ("slice", "", "items", "A", "B", "B - A", "interval", "gains", "losses", "p (Holm)"),
        [
            (
                RUN_WORDS["kinds"][line["kind"]],
                printable(str(line["value"])),
                line["items"],
                f"{line['accuracy_a']:.1%}",
                f"{line['accuracy_b']:.1%}",
                f"{line['difference_pp']:+.1f} pp",
                "-"
                if line["low_pp"] is None
                else f"{line['low_pp']:+.1f} to {line['high_pp']:+.1f}",
                line["gains"],
                line["losses"],
                "< 0.001" if line["p_holm"] < 0.001 else f"{line['p_holm']:.3f}",
            )
            for line in plain_lines(found.slices)
        ],
    )
