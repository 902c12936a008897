"""Figures of prompts -> the page that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.prompts_cells import ALL_SETS, ROOT
from benchmarks.prompts_plan import NOT_PLANNED

from cgr_nb.audit.detection import wilson
from cgr_nb.prompts import available, load_template

PAGE = ROOT / "docs" / "benchmarks" / "prompts.md"
HALVES = {
    "reported": "Reported: items that no wording was tried on",
    "tuned": "Tuned: the half on which wordings were chosen",
}
KINDS = """What the kinds are, with examples of our own making:

- several letters: the letters of the list at the end of the prompt, one after the other ("A, B, C
  or D."), or all options with their letters, and none chosen.
- cut before any letter: an explanation that has not come to its answer when `max_tokens` is
  reached.
- words without a letter: a sentence on the subject ("Plants need light to grow."), or a part of
  the instruction ("The best option.").
- a letter that is no option, such as "Answer: F" where there are four.
- the question again, or a heading such as "Answer:" with nothing behind it.
"""
_OLDER = (
    ' Where no right ones are told, programs asked a solver whose every reply was "The answer is A.",'
    " and their letters were not kept."
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
        *("model", "template", "set", "items", "read at first", "asked again, then read"),
        *("right (95 % CI)", "chance", "always the best letters", "chosen", "gold"),
        "tokens of a reply",
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
        *("### What could not be read at first", "", KINDS),
        *_table(("model", "template", "set", "kinds"), unread),
    ]


def _scores(rows: Sequence[Figures]) -> list[str]:
    head = (
        *("model", "template", "set", "items", "right by sum (95 % CI)"),
        *("right by character (95 % CI)", "chance", "always the best letter", "chosen by sum"),
        "gold",
    )
    return [
        *("## Option texts, scored behind a prompt", ""),
        "One prompt an item, its worked examples as the file has them; nothing is written, so there"
        " is nothing to read. `scored_listed` is asked once, as `scored_ensemble` with `k = 1` does.",
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
        *("model", "template", "half", "kind", "questions", "of the form asked for", "right"),
        "tokens of a reply",
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
        *("model", "template", "set", "items", "programs", "run to an answer"),
        *("asked the solver", "right (95 % CI)", "chance", "statuses", "tokens of a reply"),
    )
    return [
        *("## Programs, by template", ""),
        "Each program is run in the sandbox. Those of `generator` ask the model that wrote them,"
        " those of the tiny generator the tiny solver; those of `pal` have nobody to ask. Right is"
        " of all items: an item without an answer is not right."
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
        *("model", "template", "set", "items", "replies that are JSON", "twins asked for"),
        *("twins read", "dropped", "replies cut at max_tokens", "tokens of a reply"),
    )
    return [
        *("## Twins, by template", ""),
        "Questions like the item that arm `code_t` tries programs on, two an item. Whether the"
        " letter that a twin claims is the right one is known to nobody, so it is not judged.",
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
        why = f" ({NOT_PLANNED[stem]})" if stem in NOT_PLANNED else ""
        rows.append((name, hash[:16], _in_short(name, known) or f"not measured{why}"))
    return [
        *("## Every template", ""),
        "All that is reported above of a version, over its sets; right with its 95 % CI, and chance."
        " `contract@...` files are quoted by `generator` templates and measured with them.",
        "",
        *_table(("template", "SHA-256 begins", "in short"), rows)[:-1],
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
        found.append(f"sent {sent} times, then read {_share(read, sent)}")
    return "; ".join(found)


def _sum(rows: Sequence[Figures], name: str) -> int:
    return sum(one[name] for one in rows)


def _chance(rows: Sequence[Figures]) -> str:
    chance = sum(one["chance"] * one["items"] for one in rows) / _sum(rows, "items")
    return f"chance {100 * chance:.0f} %"


def _tell_items(rows: Sequence[Figures]) -> str:
    count = _sum(rows, "items")
    return (
        f"{count} items: read at first {_share(_sum(rows, 'read'), count)},"
        f" right {_right(_sum(rows, 'right'), count)}, {_chance(rows)}"
    )


def _tell_scored(rows: Sequence[Figures]) -> str:
    count = _sum(rows, "items")
    return f"{count} items: right by sum {_right(_sum(rows, 'right_acc'), count)}, {_chance(rows)}"


def _tell_ask(rows: Sequence[Figures]) -> str:
    count = _sum(rows, "items")
    return (
        f"{count} questions: of the form asked for {_share(_sum(rows, 'read'), count)},"
        f" right {_right(_sum(rows, 'right'), count)}"
    )


def _tell_programs(rows: Sequence[Figures]) -> str:
    right = ""
    if all("right" in one for one in rows):
        right = f", right {_right(_sum(rows, 'right'), _sum(rows, 'items'))}, {_chance(rows)}"
    return (
        f"{_sum(rows, 'items')} items: {_sum(rows, 'programs')} programs,"
        f" {_sum(rows, 'ok')} run to an answer{right}"
    )


def _tell_twins(rows: Sequence[Figures]) -> str:
    return f"{_sum(rows, 'wanted')} twins asked for, {_sum(rows, 'twins')} read"


_TELL: dict[str, Callable[[Sequence[Figures]], str]] = {
    "items": _tell_items,
    "scored": _tell_scored,
    "ask": _tell_ask,
    "programs": _tell_programs,
    "twins": _tell_twins,
}
