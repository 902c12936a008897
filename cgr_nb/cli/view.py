"""`cgr-nb view`: report and panels of a study in a browser, without Jupyter."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from cgr_nb.cli.output import print_json

__all__ = ["command"]


@click.command("view")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("others", type=click.Path(path_type=Path), nargs=-1, metavar="[OTHER]...")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Local port to listen on.  [default: a free port]",
)
@click.option("--no-browser", is_flag=True, help="Print the address without opening a browser.")
@click.option("--json", "as_json", is_flag=True, help="Print address and port as JSON.")
def command(
    folder: Path, others: tuple[Path, ...], port: int, no_browser: bool, as_json: bool
) -> None:
    """View the study in FOLDER in a browser: report and panels, from one local page. It can also be
    compared with the studies in the OTHER folders.

    Read-only, and served to this machine only. The address contains a random token; anyone who has
    it can read the study until the command is stopped (Ctrl-C). Pages are generated when first
    opened.
    """
    from cgr_nb.viewer import StudyPages, Viewer

    with StudyPages(folder, others) as pages, Viewer(pages, port) as viewer:
        if as_json:
            print_json({"address": viewer.address, "port": viewer.port, "study": str(folder)})
        else:
            click.echo(f"view: {viewer.address}\npress Ctrl-C to stop")
        if not no_browser:
            webbrowser.open(viewer.address)
        try:
            viewer.serve()
        except KeyboardInterrupt:
            click.echo("closed", err=True)
