"""What a study spent, as lines of a page: by channel, by model, and on what was asked again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cgr_nb.analysis.stats import Summary
from cgr_nb.records import ModelCard
from cgr_nb.store.superseding import Redo
from cgr_nb.study import cost_of

__all__ = ["call_lines", "redo_line", "spent", "token_lines"]

Line = dict[str, Any]


def token_lines(summary: Summary) -> list[Line]:
    """See `content.Content.tokens`."""
    return [
        {
            "channel": channel,
            "calls": summary.calls_per_item[channel],
            "tokens": total,
            "tokens_per_item": total / summary.retained if summary.retained else None,
        }
        for channel, total in summary.tokens.items()
    ]


def spent(calls: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Model -> prompt and reply tokens."""
    names = ["prompt_tokens", "reply_tokens"]
    totals = calls.assign(**{name: calls[name].fillna(0) for name in names}).groupby("model")
    return {
        str(model): (int(ours[names[0]].sum()), int(ours[names[1]].sum())) for model, ours in totals
    }


def redo_line(redo: Redo, models: Sequence[ModelCard]) -> Line:
    """See `content.Content.redos`."""
    return {
        "created": redo.created,
        "reason": redo.reason,
        "calls": sum(redo.calls.values()),
        "models": [f"{model}: {count:,}" for model, count in redo.calls.items()],
        "executions": redo.executions,
        "rows": redo.rows,
        "answers": redo.answers,
        "cost": cost_of(models, redo.tokens),
    }


def call_lines(calls: pd.DataFrame, models: Sequence[ModelCard]) -> list[Line]:
    """See `content.Content.calls`."""
    lines, totals = [], spent(calls)
    elsewhere = {card.name for card in models if card.backend == "programs"}
    for model, ours in calls.groupby("model", sort=True):
        errors = ours["error"].dropna().astype(str).str.split(":").str[0].value_counts()
        lines.append(
            {
                "model": model,
                "calls": len(ours),
                "prompt_tokens": totals[str(model)][0],
                "reply_tokens": totals[str(model)][1],
                # Replies that were written before the study took no time of it.
                "seconds": None
                if model in elsewhere
                else float(ours["duration_s"].fillna(0).sum()),
                "cost": cost_of(
                    [card for card in models if card.name == model],
                    {str(model): totals[str(model)]},
                ),
                "empty": int((ours["reply_tokens"] == 0).sum()),
                "cut": int((ours["finish"] == "length").sum()),
                "failed": int(ours["error"].notna().sum()),
                "errors": [f"{kind}: {number:,}" for kind, number in errors.items()],
            }
        )
    return lines
