"""`cgr-nb models`: which solvers and generators are known."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cgr_nb.cli.output import print_json, print_table

__all__ = ["command"]


@click.group("models")
def command() -> None:
    """List known models."""


@command.command("list")
@click.option(
    "--registry",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A registry file of your own, read besides the bundled one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the cards as JSON.")
def list_models(registry: Path | None, as_json: bool) -> None:
    """List the models of the bundled registry, and of yours."""
    from cgr_nb.models import Registry

    cards = Registry.load(registry).cards
    if as_json:
        print_json([asdict(card) for card in cards])
        return
    header = (
        "name",
        "roles",
        "family",
        "parameters",
        "quantisation",
        "context",
        "licence",
        "sha256",
    )
    print_table(
        header,
        [
            (
                card.name,
                ",".join(card.roles),
                card.family,
                "" if card.parameters is None else f"{card.parameters:,}",
                card.quantisation,
                card.context_tokens,
                card.licence,
                (card.sha256 or "")[:12],
            )
            for card in cards
        ],
    )
