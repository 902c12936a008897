"""`cgr-nb study merge`, `publish` and `fetch`, and how far shards are: a study done in parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cgr_nb.cli.output import print_json, print_table, printable, quoted, show_progress
from cgr_nb.cli.study_options import JSON

if TYPE_CHECKING:
    from cgr_nb.store.merged import Merged
    from cgr_nb.study.merging import MergedShards
    from cgr_nb.study.shard_state import ShardStates

__all__ = ["fetch", "merge", "print_shards", "publish"]

_NAMED = 50
_PLACES = click.argument("shards", nargs=-1, required=True)


@click.command("merge")
@_PLACES
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Study folder; if it exists, it is added to.",
)
@click.option(
    "--on-clash",
    type=click.Choice(("refuse", "first")),
    help="How to handle records that have the same id but differ, such as replies from different"
    " machines. first: keep the study's own record, else that of the shard named first."
    "  [default: refuse; first if shards were run with --overlap]",
)
@click.option("--dry-run", is_flag=True, help="Count only; change nothing.")
@JSON
def merge(
    shards: tuple[str, ...],
    out: Path,
    on_clash: Literal["refuse", "first"] | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Merge SHARDS into one study.

    SHARDS are folders of shards, folders or addresses (s3://...) where they were published, or
    folders that hold several of these. Their records are merged by id, and the shards are left
    unchanged. The command can be repeated, even after it was killed. Nothing is written if a shard
    can't be read or belongs to another study, or if records clash.
    """
    from cgr_nb.study.merging import merge_shards

    def tell(name: str, done: int, of: int) -> None:
        if show_progress(as_json):
            click.echo(f"\r{done} of {of}: {printable(name)[-60:]}\x1b[K", nl=False, err=True)

    done = merge_shards(shards, out, on_clash=on_clash, dry_run=dry_run, tell=tell)
    if show_progress(as_json):
        click.echo("\r\x1b[K", nl=False, err=True)
    if as_json:
        print_json({"dry_run": dry_run, **done.to_dict()})
        return
    _print_merge(done, dry_run)


def _print_merge(done: MergedShards, dry_run: bool) -> None:
    merged = done.merged
    would = "would be added" if dry_run else "added"
    print_table(
        ("shard", "calls", "answers", f"calls {would}", f"answers {would}", "clashes"),
        [
            (
                printable(store.name),
                store.lines.get("calls", 0),
                store.lines.get("answers", 0),
                store.new.get("calls", 0),
                store.new.get("answers", 0),
                sum(store.clashes.values()),
            )
            for store in merged.stores
        ],
    )
    for line in _remarks(merged, done.by_rule):
        click.echo(line)
    for line in _lacking(done.states):
        click.echo(line)
    click.echo("dry run: nothing was changed" if dry_run else f"study: {quoted(done.folder)}")


def _remarks(merged: Merged, by_rule: bool) -> list[str]:
    """What two shards answered, and what did not agree."""
    found = []
    if calls := merged.overlap["calls"]:
        differing, scores = merged.overlap["differing"], merged.overlap["scores"]
        found.append(
            f"{calls:,} calls were made by two runs: {differing:,} replies differ"
            + (f", and the scores of {scores:,} more" if scores else "")
        )
    if merged.clash_count:
        rule = "the default for shards with an overlap" if by_rule else "as requested"
        found.append(
            f"{merged.clash_count:,} records differed from another with the same id: the first one"
            f" was kept, {rule}"
        )
    if replaced := merged.total("replaced"):
        found.append(
            f"superseded by a redo in a shard: {_counts(replaced)} of the study; what the shard"
            " made in their place is added"
        )
    if built_on := merged.built_on:
        found.append(
            f"superseded with them, because they depend on them: {_counts(built_on)}; the next run"
            " of the study recomputes those that no shard has"
        )
    if left_out := merged.total("left_out"):
        found.append(
            f"left out, because they depend on a discarded reply: {_counts(left_out)}; the next run"
            " of the study recomputes them"
        )
    return found


def _counts(records: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {table}" for table, count in records.items())


def _lacking(states: ShardStates) -> list[str]:
    """What there should be and is not."""
    found = []
    if states.missing:
        found.append(f"shards that do not exist yet: {printable(_some(states.missing))}")
    if states.without:
        found.append(f"solvers without a shard: {printable(_some(states.without))}")
    for state in states.shards:
        if state.words not in ("finished", "programs"):
            why = state.stale or state.problem
            done, of = state.counts.answers_done, state.counts.answers
            found.append(
                f"{printable(state.place)}: {state.words}, {done:,} of {of:,} answers"
                + (f" ({printable(why)})" if why else "")
            )
    return found


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def print_shards(states: ShardStates, as_json: bool) -> None:
    """How far shards are, each and all of them."""
    if as_json:
        print_json(states.to_dict())
        return
    print_table(
        ("shard", "rows", "done", "answers", "done", "calls", "failed", "state"),
        [
            (
                printable(str(one.shard) if one.shard else one.place),
                *(one.counts.rows, one.counts.rows_done, one.counts.answers),
                *(one.counts.answers_done, one.counts.calls, one.counts.failures, one.words),
            )
            for one in states.shards
        ],
    )
    counts = states.counts
    click.echo(
        f"{counts.rows_done:,} of {counts.rows:,} rows and {counts.answers_done:,} of"
        f" {counts.answers:,} answers done"
    )
    for line in _lacking(states):
        click.echo(line)


@click.command("publish")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--to",
    required=True,
    metavar="PLACE",
    help="Folder or address (s3://bucket/shards) to publish to; each shard gets its own subfolder.",
)
@JSON
def publish(folder: Path, to: str, as_json: bool) -> None:
    """Copy the shard in FOLDER to a shared folder or an object store.

    A shard is run on a local disk. This publishes a copy that can be merged from there, with a
    manifest that is written last; publishing again replaces the earlier copy. Unfinished shards can
    be published, and continued on another machine after `study fetch`.
    """
    from cgr_nb.study.publishing import publish_shard

    manifest = publish_shard(folder, to)
    if as_json:
        print_json(asdict(manifest))
        return
    state = "finished" if manifest.finished else "unfinished"
    click.echo(
        f"published {manifest.shard or manifest.study} ({state},"
        f" {manifest.counts.answers_done:,} of {manifest.counts.answers:,} answers) to"
        f" {printable(to)}"
    )


@click.command("fetch")
@click.argument("place")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder of the shard on this machine.",
)
@JSON
def fetch(place: str, out: Path, as_json: bool) -> None:
    """Fetch the shard that was published at PLACE, so that `study run` can continue it.

    Does nothing if nothing is published there yet. What the folder already holds is kept.
    """
    from cgr_nb.study.publishing import fetch_shard

    fetched = fetch_shard(place, out)
    if as_json:
        print_json({"fetched": fetched, "study": str(out)})
    else:
        click.echo(f"fetched to {quoted(out)}" if fetched else "nothing was fetched")
