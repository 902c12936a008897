"""`cgr-nb export`: a study as one file that a stranger can check, or as other tools' logs."""

from __future__ import annotations

from pathlib import Path

import click

from cgr_nb.cli.output import print_json, show_long_work

__all__ = ["command"]


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["package", "inspect", "lm-eval"]),
    default="package",
    show_default=True,
    help="The trace package; Inspect logs; samples and results of lm-evaluation-harness.",
)
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Where it goes: a .zip file or a new folder; for other formats than package a new folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print path, size and SHA-256 as JSON.")
def command(folder: Path, form: str, out: Path, as_json: bool) -> None:
    """Write the study in FOLDER in a form for others.

    The trace package holds items, prompts, calls, programs, runs, rows, arms, audits, verdicts and
    numbers: all that `cgr-nb verify` needs, and no model. The same study gives the same bytes.
    Inspect logs open in `inspect view`: one for each dataset config, solver, generator and arm.
    The harness's files hold one task for each dataset config and arm, in a folder for each solver.
    """
    from cgr_nb.bundle import export_package
    from cgr_nb.export import export_inspect, export_lm_eval
    from cgr_nb.util.progress import progress_bar

    write = {"package": export_package, "inspect": export_inspect, "lm-eval": export_lm_eval}[form]
    with progress_bar(show_long_work(as_json), "files") as bar:
        write(folder, out, lambda name, done, total: bar(done, total))
    if form == "package":
        _tell_package(out, as_json)
        return
    files = sum(1 for path in out.rglob("*") if path.is_file())
    if as_json:
        print_json({"folder": str(out), "format": form, "files": files})
    else:
        click.echo(f"{form}: {files:,} files in {out}")


def _tell_package(out: Path, as_json: bool) -> None:
    import hashlib

    single = out.is_file()
    digest = hashlib.sha256(out.read_bytes()).hexdigest() if single else None
    if as_json:
        size = out.stat().st_size if single else None
        print_json({"package": str(out), "bytes": size, "sha256": digest})
        return
    click.echo(f"package: {out}")
    if digest is not None:
        click.echo(f"sha256: {digest}")
