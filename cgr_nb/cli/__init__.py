"""`cgr-nb`: the same functions from a terminal. No logic of its own; heavy imports wait.

Expected errors are one line on stderr and exit code 2; a run stopped by Ctrl-C exits with 130.
"""

from __future__ import annotations

import sqlite3
from importlib import import_module

import click

from cgr_nb import __version__
from cgr_nb.cli.output import printable
from cgr_nb.cli.verbosity import add_verbose_option
from cgr_nb.errors import CgrError

__all__ = ["cli", "main"]

# Command -> (module, one-line help). Modules are imported when their command runs.
COMMANDS = {
    "demo": "Run the bundled study, offline, and write its report.",
    "study": "Plan, run and inspect a study.",
    "report": "Write the HTML report of a study.",
    "compare": "Compare two runs on the same items: studies, arms, models.",
    "view": "Open a study's report and panels in a browser, from a local page.",
    "audit": "Detect programs whose answer does not depend on the solver.",
    "export": "Export a study as a self-contained, independently verifiable archive.",
    "verify": "Verify an exported study, without any model.",
    "rerun": "Execute a study's notebooks from start to end.",
    "items": "Check and download item files.",
    "models": "List, find, add, download and check models.",
    "prompts": "List prompt templates, and copy one to edit it.",
    "paper": "Plan, download and set up the paper's study.",
    "bench": "Measure speed and memory on this machine.",
    "doctor": "Show system information and test llama.cpp and the sandbox.",
}


class _LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"cgr_nb.cli.{cmd_name}")
        return add_verbose_option(module.command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cgr-nb")
def cli() -> None:
    """Code-Guided Reasoning: does an executable scaffold improve a small model?"""


add_verbose_option(cli)


def main() -> int:
    """Entry point of the `cgr-nb` command; returns its exit code."""
    try:
        result = cli.main(standalone_mode=False)
    except CgrError as error:
        # It may quote names of files and words of servers.
        click.echo(f"cgr-nb: {printable(str(error))}", err=True)
        return 2
    except (OSError, sqlite3.Error) as error:
        # A full disk, a folder that can't be written to, a damaged file: nobody's bug, one line.
        click.echo(f"cgr-nb: {error}", err=True)
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo(
            "stopped: every finished row is kept; the same command goes on from there", err=True
        )
        return 130
    # click hands back the exit code of --help and of ctx.exit.
    return result if isinstance(result, int) else 0
