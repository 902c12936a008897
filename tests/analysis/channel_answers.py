"""The answers behind invented rows, as a store would give them: one line a row and channel."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from cgr_nb.store.frames import ROW_ANSWER_COLUMNS

COLUMNS = ("row_id", "arm", "answer_id", *ROW_ANSWER_COLUMNS)


def answer_lines(rows: pd.DataFrame, arm: str, **values: object) -> pd.DataFrame:
    """What one arm answered to some rows; a value is one for all, or one a row."""
    nothing: dict[str, object] = {
        "answer_id": arm + "-" + rows["id"],
        "item_id": rows["item_id"],
        "status": "answered",
        "detail": "",
        "error": None,
    }
    counts = ("calls", "prompt_tokens", "reply_tokens", "generator_calls", "generator_tokens")
    lines = pd.DataFrame({"row_id": rows["id"], "arm": arm}, index=rows.index)
    for name, value in (nothing | dict.fromkeys(counts, 0) | values).items():
        lines[name] = value
    letters = [tuple(letter) if isinstance(letter, str) else () for letter in lines["letter"]]
    lines["letters"] = letters
    for name, empty in (("call_ids", ()), ("steps", ()), ("facts", {}), ("program_id", None)):
        lines[name] = [empty] * len(lines)
    lines["execution_id"] = None
    lines["emulated"] = None
    return lines.reset_index(drop=True)[list(COLUMNS)]


def channel_answers(
    rows: pd.DataFrame, *, generator_tokens: tuple[int, int] = (700, 200)
) -> pd.DataFrame:
    """The direct, assisted and generator-side answers that rows are a view of."""
    written = {"generator_calls": 1, "generator_tokens": sum(generator_tokens)}
    return joined(
        [
            answer_lines(
                rows,
                "direct",
                letter=rows["direct_letter"],
                status=_named(rows["direct_status"]),
                calls=rows["direct_retries"] + 1,
                prompt_tokens=rows["direct_tokens"],
            ),
            answer_lines(
                rows,
                "cgr",
                letter=rows["assisted_letter"],
                status=_named(rows["assisted_status"]),
                calls=rows["asks"],
                prompt_tokens=rows["assisted_tokens"],
                **written,
            ),
            answer_lines(
                rows,
                "generator_only",
                letter=rows["generator_letter"],
                status=["answered" if letter else "none" for letter in rows["generator_letter"]],
                **written,
            ),
        ]
    )


def joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Answers under each other."""
    return pd.concat([part.astype(object) for part in parts], ignore_index=True).infer_objects()


def _named(statuses: pd.Series) -> pd.Series:
    """A row says "error" where a call could not be served; the answer says how."""
    return statuses.replace("error", "overflow")
