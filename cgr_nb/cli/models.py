"""`cgr-nb models`: which solvers and generators are known, and whether they can answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from cgr_nb.cli.output import print_json, print_table, show_progress

__all__ = ["command"]

REGISTRY = click.option(
    "--registry",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A registry file of your own, read besides the bundled one.",
)


@click.group("models")
def command() -> None:
    """List, add, fetch and check models."""


@command.command("list")
@REGISTRY
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
@click.argument("source")
@click.option(
    "--registry",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("models.toml"),
    show_default=True,
    help="Registry file of your own to add it to; made when it is not there.",
)
@click.option("--name", help="Name of the model.  [default: the file's, or the server's]")
@click.option(
    "--role",
    "roles",
    type=click.Choice(["solver", "generator"]),
    multiple=True,
    help="What it may be used as; can be given twice.  [default: both]",
)
@click.option("--revision", help="Of a hub file: commit, tag or branch.  [default: the newest]")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Of a hub file: folder for the weights.  [default: models, beside the registry file]",
)
@click.option("--model", help="Of a server: its name for the model.  [default: its only one]")
@click.option(
    "--server",
    type=click.Choice(["openai", "llama.cpp", "vllm", "ollama", "lmstudio"]),
    help="Of a server: what it is.  [default: what its list of models looks like, else openai]",
)
@click.option("--key-env", help="Of a server: environment variable that holds its key.")
@click.option(
    "--context",
    type=click.IntRange(min=1),
    help="Of a server: its context window in tokens.  [default: what it tells, else 4096]",
)
@click.option(
    "--template",
    "chat_template",
    help="Of a file: its chat template: base, chatml, gemma, llama-3, mistral, phi-3, or a file."
    "  [default: its own]",
)
@click.option(
    "--prompts",
    help="Prompt profile: full, or base for a model that completes texts.  [default: full]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
def add(
    source: str,
    registry: Path,
    name: str | None,
    roles: tuple[str, ...],
    revision: str | None,
    into: Path | None,
    model: str | None,
    server: str | None,
    key_env: str | None,
    context: int | None,
    chat_template: str | None,
    prompts: str | None,
    as_json: bool,
) -> None:
    """Add a model to a registry file.

    SOURCE is a GGUF file (described from its own metadata, with its hash), a file of a Hugging Face
    hub such as hf:OWNER/NAME/FILE.gguf (fetched, checked, and gone on with after an interruption),
    or the address of an OpenAI-compatible server such as http://127.0.0.1:8080/v1.
    """
    from cgr_nb.hub import HubFile
    from cgr_nb.models import add_endpoint, add_from_hub, add_to_registry
    from cgr_nb.models.asked_through import ask_through, lacks_template

    roles = roles or ("solver", "generator")
    if source.startswith("hf:"):
        file = HubFile.parse(source)
        file = file.at(revision) if revision else file
        card = add_from_hub(file, registry, name, roles, into, show=show_progress(as_json))
    elif source.startswith(("http://", "https://")):
        said = {"base_url": source, "model": model, "server": server, "key_env": key_env}
        options = {option: value for option, value in said.items() if value is not None}
        card = add_endpoint(registry, name, roles, options, context)
    else:
        if not Path(source).is_file():
            raise click.BadParameter(f"there is no file '{source}'", param_hint="SOURCE")
        card = add_to_registry(Path(source), registry, name, roles)
    if chat_template or prompts:
        card = ask_through(card, registry, chat_template, prompts)
    lack = lacks_template(card, registry.parent)
    if as_json:
        print_json(asdict(card))
    else:
        click.echo(f"added {card.name} to {registry}: {card.family}, {card.quantisation}")
    if lack:
        click.echo(f"{card.name}: {lack}", err=True)


@command.command("fetch")
@click.argument("names", nargs=-1, required=True)
@REGISTRY
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fetch(names: tuple[str, ...], registry: Path | None, as_json: bool) -> None:
    """Fetch the weights of NAMES from the hub files that their cards name as source."""
    from cgr_nb.bundled import bundled_folder
    from cgr_nb.models import Registry, fetch_weights

    known = Registry.load(registry)
    cards = [known.get(name) for name in names]
    places = {}
    for card in cards:
        got = fetch_weights(card, bundled_folder("models"), show=show_progress(as_json))
        places[card.name] = {"path": str(got.path), "sha256": got.sha256, "bytes": got.size}
        if not as_json:
            click.echo(f"{card.name}: {got.path}, {got.size / 1e6:.1f} MB")
    if as_json:
        print_json(places)


@command.command("check")
@click.argument("names", nargs=-1)
@REGISTRY
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], registry: Path | None, as_json: bool) -> None:
    """Check models (all, or NAMES): weights, hash, chat template, one token.

    Exits with 1 when one of them can't be used.
    """
    from cgr_nb.models import Registry, check_model

    known = Registry.load(registry)
    cards = [known.get(name) for name in names] if names else list(known.cards)
    found = [check_model(card) for card in cards]
    if as_json:
        print_json({one.model: one.to_dict() for one in found})
    else:
        header = (
            *("model", "finding", "architecture", "weights", "context", "system", "first token"),
            *("choices", "sha256", "one token"),
        )
        print_table(
            header,
            [
                (
                    *(one.model, "no" if one.problem else "ok", one.architecture or ""),
                    *(one.quantisation or "", card.context_tokens, one.system_turn or ""),
                    *(one.first_token or "", one.choices or "", (one.sha256 or "")[:12]),
                    "" if one.seconds is None else f"{one.seconds:.2f} s",
                )
                for one, card in zip(found, cards, strict=True)
            ],
        )
        for one in found:
            for line in filter(None, (one.problem, *one.remarks)):
                click.echo(f"{one.model}: {line}")
        ways = Counter(one.runs for one in found if one.runs)
        for way, count in ways.items():
            click.echo(f"{count} run{'s' if count == 1 else ''} here in {way}")
    ctx.exit(1 if any(one.problem for one in found) else 0)
