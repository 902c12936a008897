"""The calls behind an answer as a page draws them: texts in pieces, each with its mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cgr_nb.answer_record import Answer
from cgr_nb.explore.recorded_replies import AnswerReplies, RecordedCall, Span
from cgr_nb.store.replies import Found
from cgr_nb.widgets.text import clip

__all__ = ["found_view", "marked", "replies_view"]

AROUND = 60
"""Characters on each side of what a search found."""


def replies_view(found: AnswerReplies, arms: Mapping[str, Answer], most: int) -> dict[str, Any]:
    """An answer, its calls in order, and the other answers of its row; gold is not part of it.

    Args:
        found: The answer.
        arms: All answers of the row.
        most: Characters that are shown of each text.
    """
    answer = found.answer
    return {
        "row": found.row_id,
        "arm": found.arm,
        "solver": answer.solver,
        "generator": answer.generator,
        "letter": "".join(answer.letters),
        "status": answer.status,
        "detail": clip(answer.error or answer.detail, most),
        "arms": [[arm, "".join(one.letters) or one.status] for arm, one in arms.items()],
        "calls": [_call_view(call, most) for call in found.calls],
        "reasks": sum(call.entry.key.startswith("reask/") for call in found.calls),
        "left_out": found.left_out,
    }


def marked(text: str, spans: Sequence[Span], kind: str, most: int) -> list[list[str | int]]:
    """A text in pieces [kind, text]: `kind` for what stands in a span, "" for the rest. What is too
    long ends with ["more", characters left out].

    Args:
        text: As it is on record.
        spans: In order, none over another.
        kind: What the spans are.
        most: Characters that are kept.
    """
    pieces: list[list[str | int]] = []
    place, end = 0, min(most, len(text))
    for first, last in spans:
        pieces += [["", clip(text[place : min(first, end)])[0]]]
        pieces += [[kind, clip(text[min(first, end) : min(last, end)])[0]]]
        place = min(last, end)
    pieces.append(["", clip(text[place:end])[0]])
    pieces = [piece for piece in pieces if piece[1]]
    return [*pieces, ["more", len(text) - end]] if len(text) > end else pieces


def found_view(hits: Sequence[Found], uses: Mapping[str, tuple[str, str]], text: str) -> list[Any]:
    """What a search found, a line each: where it is used, and the words around it.

    Args:
        hits: The replies.
        uses: Call -> row and arm.
        text: What was looked for; empty for a pattern, which is of the whole reply.
    """
    lines = []
    for hit in hits:
        row, arm = uses.get(hit.call, ("", ""))
        said = hit.reply if text.lower() in hit.reply.lower() else hit.thoughts or hit.reply
        at = max(0, said.lower().find(text.lower()))
        start = max(0, at - AROUND)
        shown = said[start : at + len(text) + 2 * AROUND]
        span = [(at - start, at - start + len(text))] if text else []
        lines.append(
            {
                "call": hit.call,
                "model": hit.model,
                "row": row,
                "arm": arm,
                "thought": said is hit.thoughts,
                "pieces": marked(shown, span, "read", len(shown)),
            }
        )
    return lines


def _call_view(found: RecordedCall, most: int) -> dict[str, Any]:
    entry, call = found.entry, found.call
    reply = call.reply if call is not None else None
    view: dict[str, Any] = {"key": entry.key, "role": entry.role, "remark": found.remark}
    if entry.read is not None:
        view |= {"status": entry.read.status, "rule": entry.read.rule}
        view["letters"] = "".join(entry.read.letters)
    if call is None:
        return {**view, "absent": True}
    turns = [[message.role, clip(message.content, most)] for message in call.messages]
    rendered = reply.prompt_text if reply is not None else ""
    view |= {
        "model": call.model,
        "error": clip(call.error, most) if call.error else None,
        "prompt": clip(rendered, most) if rendered else None,
        "turns": [] if rendered else turns,
        "choices": [clip(choice, 200) for choice in call.sampling.choices[:26]],
    }
    if reply is None:
        return view
    spans, kind = (found.letters, "letter") if found.letters else ((), "read")
    spans = (found.span,) if found.span else spans
    if any(last > most for _, last in spans):
        view["remark"] = "the extracted answer is after the part that is shown"
    return view | {
        "reply": marked(reply.text, spans, kind, most),
        "stands": len(found.letters),
        "thoughts": clip(reply.thoughts, most) if reply.thoughts else None,
        "thought_tokens": reply.thought_tokens,
        "tokens": [reply.prompt_tokens, reply.reply_tokens],
        "estimated": bool(reply.served and reply.served.estimated),
        "seconds": reply.duration_s,
        "finish": reply.finish,
    }
