"""`cgr-nb audit`: which programs do not depend on the solver, by running them with synthetic
replies."""

from __future__ import annotations

from pathlib import Path

import click

from cgr_nb.cli.output import print_json, print_table, show_long_work

__all__ = ["command"]


@click.command("audit")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print findings and verdicts as JSON.")
def command(folder: Path, as_json: bool) -> None:
    """Run every program of the study in FOLDER with synthetic solver replies, to detect those whose
    answer does not depend on the solver. Needs no model."""
    from cgr_nb.api import Study

    with Study.open(folder) as study:
        study.audit(progress=show_long_work(as_json))
        shares = study.audit_shares()
        if as_json:
            from cgr_nb.analysis.plain import plain_lines

            verdicts = study.dependence()[["program_id", "item_id", "verdict"]]
            print_json({"findings": shares, "programs": plain_lines(verdicts)})
            return
    print_table(
        ("finding", "programs", "of", "rows", "of"),
        [
            (
                line["meaning"],
                "" if line["programs"] is None else line["programs"],
                "" if line["programs_of"] is None else line["programs_of"],
                line["rows"],
                line["rows_of"],
            )
            for line in shares
        ],
    )
