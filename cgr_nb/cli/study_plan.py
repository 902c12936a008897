"""`cgr-nb study plan`: what a run would take, before it is run."""

from __future__ import annotations

from pathlib import Path

import click

from cgr_nb.cli.output import print_json, print_table
from cgr_nb.cli.study_options import CONFIG, JSON, OUT, place

__all__ = ["plan"]


def _span(seconds: float) -> str:
    """A time that a person can plan with."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


@click.command("plan")
@CONFIG
@OUT
@click.option(
    "--quick",
    is_flag=True,
    help="Do not load any model: estimate from the metadata of weight files.",
)
@JSON
def plan(config: Path, out: Path | None, quick: bool, as_json: bool) -> None:
    """Estimate rows, calls, tokens, time, cost and disk space of CONFIG (a study.toml or its
    folder).

    Each model is timed on a short prompt for up to 8 seconds after loading.
    """
    from cgr_nb.report.number_text import money
    from cgr_nb.study import StudyConfig, plan_study

    file, folder = place(config, out)

    def on_step(step: str) -> None:
        click.echo(step, err=True)

    found = plan_study(StudyConfig.load(file), folder, try_models=not quick, on_step=on_step)
    if as_json:
        print_json(found.to_dict())
        return
    click.echo(
        f"{found.items} items ({found.rejected} rejected), "
        f"{found.rows} rows, {found.rows_done} done"
    )
    print_table(
        ("model", "for", "calls", "prompt tokens", "reply tokens", "model time", "cost", "basis"),
        [
            (
                load.model,
                load.purpose,
                load.calls,
                load.prompt_tokens,
                load.reply_tokens,
                "not known" if load.seconds is None else _span(load.seconds),
                "no price" if load.cost is None else money(load.cost),
                load.basis,
            )
            for load in found.loads
        ],
    )
    if found.seconds is not None:
        at_most = any(load.basis in ("measured", "file") for load in found.loads if load.calls)
        click.echo(f"model time: {'at most ' * at_most}{_span(found.seconds)}")
    if found.cost is not None:
        known = ("on record", "one call")
        guess = any(load.basis not in known and load.calls for load in found.loads)
        click.echo(
            f"cost: {'estimated ' * guess}{money(found.cost)} for new calls; recorded calls are"
            " free"
        )
    click.echo(f"disk: {found.disk_bytes / 1e6:.1f} MB")
    for remark in found.remarks:
        click.echo(f"items: {remark}")
    for remark in found.arm_remarks:
        click.echo(remark)
    for assumption in found.assumptions:
        click.echo(f"assumed: {assumption}")
