"""The command line as click knows it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from cgr_nb.cli import cli
from parts.pieces import cell, code, table

__all__ = ["command_reference", "commands"]


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Name, command and context of every command that can be run, in the order of the help."""
    yield from _below(cli, click.Context(cli, info_name="cgr-nb"))


def command_reference() -> str:
    """Every command: what it does, how it is called, its options."""
    parts = []
    group = ""
    for name, command, context in commands():
        first = name.split()[1]
        if first != group:
            parts += [f"## `cgr-nb {first}`", ""]
            group = first
        if name.count(" ") > 1:
            parts += [f"### `{name}`", ""]
        usage = " ".join([name, *command.collect_usage_pieces(context)])
        parts += [inspect.cleandoc(command.help or ""), "", f"```text\n{usage}\n```", ""]
        lines = []
        for one in command.get_params(context):
            record = one.get_help_record(context)
            # Arguments are told by the text above, and these two are the same everywhere.
            if (
                record is not None
                and record[1]
                and not {"--verbose", "--help"}.intersection(one.opts)
            ):
                lines.append((code(record[0]), cell(record[1].replace("[", "\\["))))
        if lines:
            parts += [table(("option", "meaning"), lines), ""]
    return "\n".join(parts)


def _below(
    command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    if not isinstance(command, click.Group):
        yield context.command_path, command, context
        return
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        if below is not None:
            yield from _below(below, click.Context(below, info_name=name, parent=context))
