"""A group of commands whose list tells what each does in whole sentences."""

from __future__ import annotations

import click

__all__ = ["FullHelpGroup"]

_ANY_LENGTH = 1_000


class FullHelpGroup(click.Group):
    """Lists its commands with their first sentence, wrapped where click would cut it."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See `click.Group.format_commands`."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        lines = [
            (name, command.get_short_help_str(_ANY_LENGTH)) for name, command in found if command
        ]
        with formatter.section("Commands"):
            formatter.write_dl(lines)
