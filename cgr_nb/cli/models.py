"""`cgr-nb models`: which solvers and generators are known, and whether they can answer."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cgr_nb.cli.output import print_json, print_table

__all__ = ["command"]


@click.group("models")
def command() -> None:
    """List, add and check models."""


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


@command.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--registry",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("models.toml"),
    show_default=True,
    help="Registry file of your own to add it to; made when it is not there.",
)
@click.option("--name", help="Name of the model.  [default: the file's name]")
@click.option(
    "--role",
    "roles",
    type=click.Choice(["solver", "generator"]),
    multiple=True,
    help="What it may be used as; can be given twice.  [default: both]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
def add(
    file: Path, registry: Path, name: str | None, roles: tuple[str, ...], as_json: bool
) -> None:
    """Describe a GGUF FILE from its own metadata, with its hash, and add it to a registry file."""
    from cgr_nb.models import add_to_registry

    card = add_to_registry(file, registry, name, roles or ("solver", "generator"))
    if as_json:
        print_json(asdict(card))
    else:
        click.echo(f"added {card.name} to {registry}: {card.family}, {card.quantisation}")


@command.command("check")
@click.argument("names", nargs=-1)
@click.option(
    "--registry",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A registry file of your own, read besides the bundled one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], registry: Path | None, as_json: bool) -> None:
    """Open models (all, or NAMES), check their weights and ask each for one token."""
    from cgr_nb.models import Registry, check_model

    known = Registry.load(registry)
    cards = [known.get(name) for name in names] if names else list(known.cards)
    problems = {card.name: check_model(card) for card in cards}
    if as_json:
        print_json(problems)
    else:
        print_table(
            ("model", "finding"), [(name, found or "ok") for name, found in problems.items()]
        )
    ctx.exit(1 if any(problems.values()) else 0)
