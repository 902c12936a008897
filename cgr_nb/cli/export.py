"""`cgr-nb export`: a study as a self-contained, verifiable archive, or as other tools' logs."""

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
    help="Trace package, Inspect logs, or lm-evaluation-harness samples and results.",
)
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Output: a .zip file or new folder for a package, a new folder for other formats.",
)
@click.option("--json", "as_json", is_flag=True, help="Print path, size and SHA-256 as JSON.")
def command(folder: Path, form: str, out: Path, as_json: bool) -> None:
    """Export the study in FOLDER as a self-contained, independently verifiable archive.

    The trace package holds items, prompts, calls, programs, runs, rows, arms, audits, verdicts and
    results: everything `cgr-nb verify` needs, without any model. Exporting is deterministic.
    Inspect logs open in `inspect view`, one log for each dataset config, solver, generator and arm.
    The harness format has one task for each dataset config and arm, in one folder for each solver.
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
