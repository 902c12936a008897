"""What replies were like, by model and channel: cut, empty, declined, refused for length, asked
again; and what programs ran into.

Nothing here says that an answer is wrong: a cut reply can hold its letter, and one that declines
can be read all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgr_nb.analysis.refusals import declines

__all__ = ["COLUMNS", "MEASURES", "reply_marks", "response_metadata"]

COLUMNS = ("model", "channel", "measure", "n", "of", "share")
MEASURES = {
    "truncated": "replies truncated at the token limit",
    "incomplete": "replies truncated during reasoning, before any answer",
    "empty": "replies without any text",
    "declined": "replies that begin by declining to answer",
    "context_overflow": "calls refused because prompt and reply exceed the context window",
    "other_error": "calls refused for another reason",
    "asked_again": "answers for which the model was asked again because none could be extracted",
    "timed_out": "programs stopped at a time limit (wall or CPU)",
    "other_limit": "programs stopped at the memory, call or output limit, or killed",
}
"""Measure -> what is counted. The first four are shares of replies, the next two of calls, then of
direct answers, then of programs run."""

_TIMES = ("timeout", "cpu_limit")
_LIMITS = ("memory_limit", "call_limit", "output_limit", "killed")
_NOT_RUN = ("no_program", "error")


def response_metadata(
    rows: pd.DataFrame,
    calls: pd.DataFrame,
    programs: pd.DataFrame | None = None,
    arms: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count what replies were like.

    Args:
        rows: One line a row, columns of `store.row_view.RowView`.
        calls: One line a call: id, model, finish, reply_tokens, error, has_thoughts, and reply, or
            in its place is_blank and is_declined, what `reply_marks` says of it
            (`store.frames.call_costs`). Without any, what declines is not counted and empty means
            no token; without has_thoughts, no reply is incomplete.
        programs: One line a scaffold: call_id (`store.frames.programs`): the generator's calls.
            None: every call of a model that is a generator of some row, and not in its rows.
        arms: One line an answer of an arm: arm, call_ids. None: their calls are "unlinked".

    Returns:
        Tidy: `model`, `channel`, `measure` (a key of `MEASURES`), `n`, `of`, `share` (None when
        `of` is 0). Channels: "direct", "assisted" (the asks of programs), "generator", "arm: NAME"
        and "unlinked": calls that no row names, such as asks that were refused. A call that
        several channels share is counted in the first of them.
    """
    channels = _channels(rows, calls, programs, arms)
    channel_of = list(map(channels.get, calls["id"].tolist(), repeat("unlinked")))
    lines: list[tuple[str, str, str, int, int]] = list(_of_calls(calls, channel_of))
    for solver, some in rows.groupby("solver"):
        lines += [(str(solver), *counted) for counted in _of_rows(some)]
    table = pd.DataFrame(lines, columns=list(COLUMNS[:5]))
    shares = [n / of if of else None for n, of in zip(table["n"], table["of"], strict=True)]
    table["share"] = pd.Series(shares, index=table.index, dtype=object)
    place = {name: number for number, name in enumerate(MEASURES)}
    order = table.assign(place=table["measure"].map(place))
    order = order.sort_values(["channel", "model", "place"])
    return table.loc[order.index].reset_index(drop=True)


def _channels(
    rows: pd.DataFrame,
    calls: pd.DataFrame,
    programs: pd.DataFrame | None,
    arms: pd.DataFrame | None,
) -> dict[str, str]:
    """Call id -> channel."""
    found: dict[str, str] = {}
    if programs is not None:
        _name(found, "generator", programs["call_id"])
    else:
        _name(found, "generator", calls.loc[calls["model"].isin(set(rows["generator"])), "id"])
    if arms is not None:
        # A call that two arms share is counted with the same one, whatever their ids are.
        for arm, ids in arms.groupby("arm", sort=True)["call_ids"]:
            _name(found, f"arm: {arm}", chain.from_iterable(ids))
    _name(found, "assisted", chain.from_iterable(rows["ask_call_ids"]))
    _name(found, "direct", chain.from_iterable(rows["direct_call_ids"]))
    return found


def _name(found: dict[str, str], channel: str, ids: Iterable[str]) -> None:
    # The direct channel comes last, so that a call it shares with others is its.
    found.update(dict.fromkeys(ids, channel))


def _of_calls(
    calls: pd.DataFrame, channels: Sequence[str]
) -> Iterator[tuple[str, str, str, int, int]]:
    """Model, channel, measure, `n` and `of` of calls, each with its channel."""
    model, models = pd.factorize(calls["model"])
    channel, names = pd.factorize(np.array([*channels, ""], dtype=object)[:-1])
    # A number for each model and channel; a call without a model is in no count.
    group, size = model * len(names) + channel, len(models) * len(names)

    def count(which: pd.Series[bool] | NDArray[np.bool_]) -> list[int]:
        chosen = np.asarray(which, dtype=bool) & (model >= 0)
        found: list[int] = np.bincount(group[chosen], minlength=size).tolist()
        return found

    failed = calls["error"].notna().to_numpy(dtype=bool)
    overflow = calls["error"].fillna("").str.startswith("context_overflow")
    every, served, refused = count(np.ones(len(calls), dtype=bool)), count(~failed), count(failed)
    found = {"truncated": (count(~failed & (calls["finish"] == "length")), served)}
    marked = _marked(calls)
    if marked is None:
        found["empty"] = (count(~failed & (calls["reply_tokens"] == 0)), served)
    else:
        blank, declined = (~failed & mark for mark in marked)
        thought = calls.get("has_thoughts", pd.Series(False, index=calls.index)).astype(bool)
        found["incomplete"] = (count(blank & thought), served)
        found["empty"] = (count(blank & ~thought), served)
        found["declined"] = (count(declined), served)
    overflows = count(overflow)
    others = [one - other for one, other in zip(refused, overflows, strict=True)]
    found |= {"context_overflow": (overflows, every), "other_error": (others, every)}
    for place in np.flatnonzero(every).tolist():
        of_model, of_channel = str(models[place // len(names)]), str(names[place % len(names)])
        for measure, (n, of) in found.items():
            yield of_model, of_channel, measure, n[place], of[place]


def _marked(calls: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Which replies are blank and which decline; None where that is not told of calls."""
    if "reply" in calls.columns:
        told = calls["reply"].tolist()
        marks = [reply_marks(one) if isinstance(one, str) else (False, False) for one in told]
        blank, declined = (
            np.array([mark[place] for mark in marks], dtype=bool) for place in (0, 1)
        )
        return blank, declined
    if "is_blank" in calls.columns:
        return calls["is_blank"].to_numpy(dtype=bool), calls["is_declined"].to_numpy(dtype=bool)
    return None


def reply_marks(reply: str) -> tuple[bool, bool]:
    """Whether a reply holds no text, and whether it begins by declining to answer."""
    return not reply.strip(), declines(reply)


def _of_rows(rows: pd.DataFrame) -> Iterator[tuple[str, str, int, int]]:
    once = rows.assign(calls=rows["direct_call_ids"].map(tuple))
    once = once.drop_duplicates(["item_id", "calls"])
    yield "direct", "asked_again", int((once["direct_retries"] > 0).sum()), len(once)
    run = rows[rows["assisted_status"].notna() & ~rows["assisted_status"].isin(_NOT_RUN)]
    yield "assisted", "timed_out", int(run["assisted_status"].isin(_TIMES).sum()), len(run)
    yield "assisted", "other_limit", int(run["assisted_status"].isin(_LIMITS).sum()), len(run)
