"""`cgr-nb export`: a study as one file that a stranger can check."""

from __future__ import annotations

from pathlib import Path

import click

from cgr_nb.cli.output import print_json, show_progress

__all__ = ["command"]


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Zip file to write; a name without .zip makes a folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print path, size and SHA-256 as JSON.")
def command(folder: Path, out: Path, as_json: bool) -> None:
    """Write the trace package of the study in FOLDER.

    It holds items, prompts, calls, programs, runs, rows, verdicts and numbers: all that `cgr-nb
    verify` needs, and no model. The same study gives the same bytes.
    """
    import hashlib

    from cgr_nb.package import export_package
    from cgr_nb.progress import progress_bar

    with progress_bar(show_progress(as_json), "files") as bar:
        export_package(folder, out, lambda name, done, total: bar(done, total))
    single = out.is_file()
    digest = hashlib.sha256(out.read_bytes()).hexdigest() if single else None
    if as_json:
        size = out.stat().st_size if single else None
        print_json({"package": str(out), "bytes": size, "sha256": digest})
        return
    click.echo(f"package: {out}")
    if digest is not None:
        click.echo(f"sha256: {digest}")
