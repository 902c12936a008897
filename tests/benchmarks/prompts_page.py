"""Figures of prompts -> the page that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.prompts_cells import ALL_SETS, ROOT

from cgr_nb.audit.detection import wilson
from cgr_nb.prompts import available, load_template

PAGE = ROOT / "docs" / "benchmarks" / "prompts.md"
HALVES = {
    "reported": "Reported: items not used in development",
    "tuned": "Development: the half on which wordings were chosen",
}
KINDS = """The categories, with invented examples:

- several letters: the letters of the list at the end of the prompt, one after the other ("A, B, C
  or D."), or all options with their letters, and none chosen.
- cut before any letter: an explanation that has not come to its answer when `max_tokens` is
  reached.
- words without a letter: a sentence on the subject ("Plants need light to grow."), or a part of
  the instruction ("The best option.").
- a letter that is no option, such as "Answer: F" where there are four.
- the question again, or a heading such as "Answer:" with nothing behind it.
"""
NOT_MEASURED = "not measured: added after these measurements"
_OLDER = (
    ' Where the number correct is missing, every reply of the solver was "The answer is A.",'
    " and the answers were not kept."
)
Figures = dict[str, Any]


def page(known: Sequence[Figures]) -> str:
    """The page of all figures."""
    lines = [
        "# Prompt templates on real models",
        "",
        "Made by `python tests/benchmarks/prompts.py page`; do not edit by hand.",
        "",
        (Path(__file__).with_name("prompts_words.md")).read_text("utf-8").strip(),
        "",
    ]
    known = sorted(known, key=_order)
    for half, title in HALVES.items():
        rows = [one for one in known if one["half"] == half and one["what"] == "items"]
        if rows:
            lines += [f"## {title}", "", *_letters(rows)]
    lines += _scores([one for one in known if one["what"] == "scored"])
    lines += _questions([one for one in known if one["what"] == "ask"])
    lines += _programs([one for one in known if one["what"] == "programs"])
    lines += _twins([one for one in known if one["what"] == "twins"])
    return "\n".join([*lines, *_every_template(known)]) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
        "",
    ]


def _who(one: Figures) -> list[str]:
    again = f" + {one['again']}" if one["again"] else ""
    return [one["model"], f"{one['template']}{again}", one["set"]]


def _share(part: int, of: int) -> str:
    return f"{part} ({100 * part / of:.0f} %)" if of else "-"


def _right(part: int, of: int) -> str:
    """With Wilson's interval."""
    found = wilson(part, of)
    if found.low is None or found.high is None:
        return "-"
    return f"{part} ({100 * part / of:.0f} %, {100 * found.low:.0f} to {100 * found.high:.0f})"


def _counted(kinds: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in kinds.items())


def _letter_counts(letters: dict[str, int]) -> str:
    return " ".join(f"{letter} {count}" for letter, count in letters.items())


def _constant(one: Figures) -> str:
    letters, often = one.get("constant") or max(one["gold"].items(), key=lambda pair: pair[1])
    return f"{letters}: {100 * often / one['items']:.0f} %"


def _asked_again(one: Figures) -> int:
    return int(one.get("asked_again", one["items"] - one["read"]))


def _order(one: Figures) -> tuple[str, ...]:
    place = f"{ALL_SETS.index(one['set']):02}" if one["set"] in ALL_SETS else one["set"]
    return one["model"], one["template"], str(one["again"]), one["half"], place


def _letters(rows: Sequence[Figures]) -> list[str]:
    head = (
        *("model", "template", "set", "items", "readable at first", "re-asked, then readable"),
        *("correct (95 % CI)", "chance", "best constant answer", "chosen", "gold"),
        "tokens per reply",
    )
    lines = _table(
        head,
        (
            (
                *_who(one),
                one["items"],
                _share(one["read"], one["items"]),
                f"{_asked_again(one)}, {one['read_again']}" if one["again"] else "-",
                _right(one["right"], one["items"]),
                f"{100 * one['chance']:.0f} %",
                _constant(one),
                _letter_counts(one["letters"]),
                _letter_counts(one["gold"]),
                one["reply_tokens"],
            )
            for one in rows
        ),
    )
    unread = [(*_who(one), _counted(one["kinds"])) for one in rows if one["kinds"]]
    return [
        *lines,
        *("### Replies that could not be read at first", "", KINDS),
        *_table(("model", "template", "set", "kinds"), unread),
    ]


def _scores(rows: Sequence[Figures]) -> list[str]:
    head = (
        *("model", "template", "set", "items", "correct by sum (95 % CI)"),
        *("correct by character (95 % CI)", "chance", "best constant answer", "chosen by sum"),
        "gold",
    )
    return [
        *("## Option texts, scored after a prompt", ""),
        "One prompt per item, with worked examples in the order of the file; nothing is generated, so"
        " there is nothing to read. `scored_listed` is used once, as in `scored_ensemble` with `k = 1`.",
        "",
        *_table(
            head,
            (
                (
                    *_who(one),
                    one["items"],
                    _right(one["right_acc"], one["items"]),
                    _right(one["right_acc_norm"], one["items"]),
                    f"{100 * one['chance']:.0f} %",
                    _constant(one),
                    _letter_counts(one["letters"]),
                    _letter_counts(one["gold"]),
                )
                for one in rows
            ),
        ),
    ]


def _questions(rows: Sequence[Figures]) -> list[str]:
    head = (
        *("model", "template", "half", "kind", "questions", "in the requested form", "correct"),
        "tokens per reply",
    )
    return [
        *("## Short questions, as programs ask them", ""),
        *_table(
            head,
            (
                (
                    *(one["model"], one["template"], one["half"], one["set"], one["items"]),
                    *(one["read"], one["right"], one["reply_tokens"]),
                )
                for one in rows
            ),
        ),
    ]


def _programs(rows: Sequence[Figures]) -> list[str]:
    head = (
        *("model", "template", "set", "items", "programs", "ran to an answer"),
        *("asked the solver", "correct (95 % CI)", "chance", "statuses", "tokens per reply"),
    )
    return [
        *("## Programs, by template", ""),
        "Each program is run in the sandbox. Programs of `generator` ask the model that wrote them,"
        ' those of the tiny generator ask the tiny solver; those of `pal` ask no model. "Correct" is'
        " out of all items: an item without an answer is not correct."
        + (_OLDER if any("right" not in one for one in rows) else ""),
        "",
        *_table(
            head,
            (
                (
                    *_who(one),
                    *(one["items"], one["programs"], one["ok"], one["asking"]),
                    _right(one["right"], one["items"]) if "right" in one else "-",
                    f"{100 * one['chance']:.0f} %" if "chance" in one else "-",
                    *(_counted(one["kinds"]), one["reply_tokens"]),
                )
                for one in rows
            ),
        ),
    ]


def _twins(rows: Sequence[Figures]) -> list[str]:
    head = (
        *("model", "template", "set", "items", "replies in JSON", "twins requested"),
        *("twins read", "discarded", "replies cut at max_tokens", "tokens per reply"),
    )
    return [
        *("## Twins, by template", ""),
        "Variants of the item on which arm `code_t` tests programs, two per item. The answer that a"
        " twin claims has no gold label, so it is not scored.",
        "",
        *_table(
            head,
            (
                (
                    *_who(one),
                    *(one["items"], one["json"], one["wanted"], one["twins"]),
                    *(_counted(one["kinds"]), one["cut"], one["reply_tokens"]),
                )
                for one in rows
            ),
        ),
    ]


def _every_template(known: Sequence[Figures]) -> list[str]:
    rows = []
    for name in available():
        profile, _, rest = name.partition("/")
        stem, _, version = rest.partition("@")
        hash = load_template(stem, profile, int(version), fields=None).hash
        rows.append((name, hash[:16], _in_short(name, known) or NOT_MEASURED))
    return [
        *("## Every template", ""),
        "The results above by template version, pooled over its sets; correct with its 95 % CI, and"
        " chance. `contract@...` files are quoted by `generator` templates and measured with them.",
        "",
        *_table(("template", "SHA-256 prefix", "results"), rows)[:-1],
    ]


def _in_short(name: str, known: Sequence[Figures]) -> str:
    """All that is known of a template, over its sets."""
    found = []
    for what, tell in _TELL.items():
        rows = [
            one
            for one in known
            if one["what"] == what and one["half"] == "reported" and one["template"] == name
        ]
        # A set that was asked with and without a re-ask counts once.
        rows = list({one["set"]: one for one in rows}.values())
        if rows:
            found.append(tell(rows))
    if rows := [one for one in known if one["again"] == name and one["half"] == "reported"]:
        sent, read = sum(map(_asked_again, rows)), sum(one["read_again"] for one in rows)
        found.append(f"re-asked {sent} times, then readable {_share(read, sent)}")
    return "; ".join(found)


def _sum(rows: Sequence[Figures], name: str) -> int:
    return sum(one[name] for one in rows)


def _chance(rows: Sequence[Figures]) -> str:
    chance = sum(one["chance"] * one["items"] for one in rows) / _sum(rows, "items")
    return f"chance {100 * chance:.0f} %"


def _tell_items(rows: Sequence[Figures]) -> str:
    count = _sum(rows, "items")
    return (
        f"{count} items: readable at first {_share(_sum(rows, 'read'), count)},"
        f" correct {_right(_sum(rows, 'right'), count)}, {_chance(rows)}"
    )


def _tell_scored(rows: Sequence[Figures]) -> str:
    count = _sum(rows, "items")
    return (
        f"{count} items: correct by sum {_right(_sum(rows, 'right_acc'), count)}, {_chance(rows)}"
    )


def _tell_ask(rows: Sequence[Figures]) -> str:
    count = _sum(rows, "items")
    return (
        f"{count} questions: in the requested form {_share(_sum(rows, 'read'), count)},"
        f" correct {_right(_sum(rows, 'right'), count)}"
    )


def _tell_programs(rows: Sequence[Figures]) -> str:
    right = ""
    if all("right" in one for one in rows):
        right = f", correct {_right(_sum(rows, 'right'), _sum(rows, 'items'))}, {_chance(rows)}"
    return (
        f"{_sum(rows, 'items')} items: {_sum(rows, 'programs')} programs,"
        f" {_sum(rows, 'ok')} ran to an answer{right}"
    )


def _tell_twins(rows: Sequence[Figures]) -> str:
    return f"{_sum(rows, 'wanted')} twins requested, {_sum(rows, 'twins')} read"


_TELL: dict[str, Callable[[Sequence[Figures]], str]] = {
    "items": _tell_items,
    "scored": _tell_scored,
    "ask": _tell_ask,
    "programs": _tell_programs,
    "twins": _tell_twins,
}
