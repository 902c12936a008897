"""The part of `extraction.py` that tells tuned from unseen: replies kept back, and sentences.

    python tests/benchmarks/extraction_unseen.py tuned    # prints every disagreement in full
    python tests/benchmarks/extraction_unseen.py unseen

`jeebench_more` is split by the hash of the reply: rules were made on one half, and measured once on
the other. Every row on which reader and label differ was read, and stands in `READ` with what its
reply states.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from cgr_nb.answers import extract, read_number  # noqa: E402
from cgr_nb.records import Extraction  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "responses"
MORE = "jeebench_more"
SENTENCES = ROOT / "tests" / "answers"
BARE = dict.fromkeys("ABCD", "")

READ: dict[int, tuple[str, str, str]] = {
    4: ("undecidable", "?", "(B) and (C) are called true, then the final answer names (B) alone"),
    66: ("label wrong", "none", "ends in a boxed count and names no option"),
    84: ("undecidable", "?", "cut while judging (C); on the way (A) is called true, (B) false"),
    106: ("reader wrong", "BCD", "each letter in a box of its own, and after it true or false"),
    154: ("undecidable", "?", "(A) is called incorrect, (B) correct, then a drawing without end"),
    230: ("label wrong", "ambiguous", "the final answers are (A), (C) and (D); the label kept one"),
    292: ("reader wrong", "B", "the boxed text is the one that the reply itself lists as (B)"),
    298: ("label wrong", "none", "all four are restated as findings; the label kept the last"),
    315: ("reader wrong", "ABC", "boxes with verdicts, then a box with (A), (B), (C)"),
    335: ("reader wrong", "ABCD", "the final answer is a sentence about all four"),
    389: ("label wrong", "ambiguous", "(A), (C) and (D) each end a part; the label kept the last"),
    451: ("reader wrong", "AB", "concludes with the false statements, which the question asks for"),
    457: ("reader wrong", "A", "the final answer calls (A) true and the others false"),
    630: (
        "undecidable",
        "?",
        "the final answer is A, C, D(i); row 638 is like it, labelled without D",
    ),
    638: (
        "undecidable",
        "?",
        "the final answer is A, B, C, D(i); row 630 is like it, labelled with D",
    ),
    667: ("undecidable", "?", "cut while judging (B); on the way (A) is called true"),
    686: ("label wrong", "ambiguous", "four parts, four boxes; the label kept the first"),
    692: ("label wrong", "ABC", "the correct options are (A), (B), and (C); the label lacks C"),
    703: ("reader wrong", "BD", "a list after a cue, whose items say False, True, False, True"),
    755: ("label wrong", "ambiguous", "all four are listed as correct; the label kept the first"),
    760: ("label wrong", "none", "ends in a boxed probability and names no option"),
    873: ("undecidable", "?", "the answer is (B) in a box; two more are shown, not named"),
    983: ("label wrong", "none", "three sentences without any label"),
    1004: (
        "undecidable",
        "?",
        "each of the four is named after a value, in brackets; no conclusion",
    ),
}
"""Row -> (whose fault, what the reply states, why), for rows on which label and reader differ now
or differed when the half was first measured."""

FIRST = {
    "single": {"rows": 143, "agree": 136, "right": 141, "returned": 136, "wrong": 0, "false": 0},
    "multi": {"rows": 136, "agree": 128, "right": 130, "returned": 131, "wrong": 3, "false": 2},
    "other": {"rows": 12, "agree": 12, "right": 12, "returned": 0, "wrong": 0, "false": 0},
}
"""The unseen half when it was measured for the first and only time as unseen: rows, agreement raw
and adjudicated, answers returned, and wrong ones among them raw and adjudicated."""

FIRST_READ = {
    66: "none", 154: "none", 298: "none", 389: "ambiguous", 457: "ambiguous", 686: "ambiguous",
    760: "none", 106: "ambiguous", 315: "ambiguous", 335: "none", 451: "none", 630: "AC",
    692: "ABC", 703: "ABCD", 983: "none",
}  # fmt: skip
"""What was read then of the rows on which label and reader differed."""

AT_FIRST_SIGHT = {
    "sentences": {"read": 88, "with": 90, "none": 89, "without": 90, "other": 0},
    "sentences_kept_back": {"read": 69, "with": 72, "none": 72, "without": 72, "other": 0},
    "sentences_fresh": {"read": 73, "with": 90, "none": 89, "without": 90, "other": 0},
}
"""What the first run of each file gave, before anything was mended for it: sentences with an answer
read, of how many; sentences without one left without a letter, of how many; other letters given."""

ROUNDS: tuple[tuple[str, str, tuple[int, ...], tuple[int, ...]], ...] = (
    ("1", "multi", (127, 154, 7, 119), (154, 154, 0, 138)),
    ("1", "single", (38, 56, 3, 28), (55, 56, 0, 40)),
    ("2", "multi", (173, 182, 4, 156), (181, 182, 0, 158)),
    ("2", "single", (71, 77, 0, 47), (75, 77, 0, 51)),
    ("3", "multi", (98, 100, 2, 91), (100, 100, 0, 91)),
    ("3", "single", (58, 65, 1, 42), (62, 65, 0, 45)),
    ("4", "multi", (103, 106, 1, 96), (104, 106, 1, 97)),
    ("4", "single", (99, 113, 3, 82), (104, 113, 3, 87)),
)
"""Replies that are not in this repository: round, kind, and (agree, rows, wrong, returned) when the
round was measured for the first time and when the rules had been mended on it."""

SETS_AT_FIRST_SIGHT = {"read": 32, "of": 40, "wrong": 5}
"""The same for `sets_kept_back.toml`: read as stated, of how many, and wrong letters returned."""


def half(reply: str) -> str:
    """The half of `jeebench_more` that a reply belongs to, by its hash alone.

    Rules are made on the "tuned" half; the "unseen" one is measured once, when they are done.
    """
    digit = hashlib.sha256(reply.encode()).hexdigest()[-1]
    return "tuned" if int(digit, 16) % 2 == 0 else "unseen"


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share, in per cent (Wilson 1927)."""
    if not whole:
        return 0.0, 100.0
    z, share = 1.959964, part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    reach = math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    reach *= z / (1 + z * z / whole)
    return 100 * max(0.0, middle - reach), 100 * min(1.0, middle + reach)


def said(found: Extraction) -> str:
    """An extraction in one word: its letters, or its status."""
    return "".join(found.letters) if found.status == "answered" else found.status


@dataclass
class Kept:
    """One kind of row of one half: agreement with the label, raw and adjudicated."""

    rows: int = 0
    agree: int = 0
    returned: int = 0
    wrong: int = 0
    adjudicated_agree: int = 0
    adjudicated_wrong: int = 0
    differ: list[list[Any]] = field(default_factory=list)


def rows_of_half(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Row number and row of one half."""
    with (DATA / f"{MORE}.jsonl").open(encoding="utf-8") as lines:
        for index, line in enumerate(lines):
            row = json.loads(line)
            if half(row["response"]) == name:
                yield index, row


def measure_half(name: str) -> dict[str, Kept]:
    """Kind of row -> agreement. Rows without a label ("other") are read in either mode."""
    result = {kind: Kept() for kind in ("single", "multi", "other", "numeric")}
    for index, row in rows_of_half(name):
        kept = result[row["selection"]]
        kept.rows += 1
        if row["selection"] == "numeric":
            _number(kept, index, row)
            continue
        modes = {"single": (False,), "multi": (True,)}.get(row["selection"], (False, True))
        found = [extract(row["response"], BARE, multi=multi) for multi in modes]
        shown = next((each for each in found if each.status == "answered"), found[0])
        ours, answered = said(shown), shown.status == "answered"
        wanted = "".join(sorted(set(row["human_extract"]))) if len(modes) == 1 else ""
        agree = ours == wanted if wanted else not answered
        right = agree or (index in READ and ours == READ[index][1])
        kept.agree += agree
        kept.returned += answered
        kept.wrong += answered and not agree
        kept.adjudicated_agree += right
        kept.adjudicated_wrong += answered and not right
        if not agree:
            kept.differ.append([index, row["selection"], row["human_extract"], ours, shown.rule])
    return result


def _number(kept: Kept, index: int, row: dict[str, Any]) -> None:
    number = read_number(row["response"])
    wanted = float(row["human_extract"].replace(",", ""))
    agree = number is not None and abs(number - wanted) <= 0.0051
    kept.agree += agree
    kept.returned += number is not None
    kept.wrong += number is not None and not agree
    if not agree:
        kept.differ.append([index, row["human_extract"], number])
    letters = [extract(row["response"], BARE, multi=multi) for multi in (False, True)]
    kept.adjudicated_wrong += any(each.status == "answered" for each in letters)


def measure_sentences(name: str) -> dict[str, dict[str, int]]:
    """Language -> how many sentences with an answer are read, and how many without one are left
    alone."""
    tables = tomllib.loads((SENTENCES / f"{name}.toml").read_text(encoding="utf-8"))
    result = {}
    for language, table in tables.items():
        chosen = [(extract(reply, BARE).letter, letter) for reply, letter in table["chooses"]]
        for reply, letters in table.get("chooses_several", ()):
            found = extract(reply, BARE, multi=True)
            got = said(found) if found.status == "answered" else None
            chosen.append((got, letters))
        none = [extract(reply, BARE).letter for reply in table["chooses_none"]]
        result[language] = {
            "read": sum(got == wanted for got, wanted in chosen),
            "with": len(chosen),
            "none": sum(got is None for got in none),
            "without": len(none),
            "other": sum(got not in {None, wanted} for got, wanted in chosen),
        }
    return result


def measure_sets() -> dict[str, int]:
    """Replies with several right options: read as stated, of how many, wrong letters returned."""
    text = (SENTENCES / "sets_kept_back.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)["reply"]
    got = [said(extract(row["text"], BARE, multi=True)) for row in rows]
    differ = [one for one, row in zip(got, rows, strict=True) if one != row["stated"]]
    wrong = sum(each not in {"none", "ambiguous", "out_of_range"} for each in differ)
    return {"read": len(rows) - len(differ), "of": len(rows), "wrong": wrong}


def share(part: int, whole: int) -> str:
    """A share with its counts and its Wilson interval."""
    low, high = wilson(part, whole)
    if not whole:
        return "- (0/0)"
    return f"{100 * part / whole:.1f} % ({part}/{whole}; {low:.1f} to {high:.1f})"


def _line(name: str, kind: str, figures: dict[str, int]) -> str:
    cells = [
        name,
        kind,
        str(figures["rows"]),
        share(figures["agree"], figures["rows"]),
        share(figures["right"], figures["rows"]),
        share(figures["wrong"], figures["returned"]),
        share(figures["false"], figures["returned"]),
    ]
    return "| " + " | ".join(cells) + " |"


def _now(kept: Kept) -> dict[str, int]:
    return {
        "rows": kept.rows,
        "agree": kept.agree,
        "right": kept.adjudicated_agree,
        "returned": kept.returned,
        "wrong": kept.wrong,
        "false": kept.adjudicated_wrong,
    }


def sections() -> list[str]:
    """The page's part on what was tuned and what was not."""
    halves = {name: measure_half(name) for name in ("tuned", "unseen")}
    kinds = ("single", "multi", "other")
    head = [
        "| half | kind | rows | agree, raw | agree, adjudicated | wrong of returned, raw"
        " | wrong of returned, adjudicated |",
        "|---|---|---|---|---|---|---|",
    ]
    table = [_line("unseen, measured once", kind, FIRST[kind]) for kind in kinds]
    for name, shown in (("tuned", "tuned"), ("unseen", "the same half, after mending")):
        table += [_line(shown, kind, _now(halves[name][kind])) for kind in kinds]
    rows = [
        "| row | half | kind | label | read at first | read now | whose fault | stated | why |",
        "|" + "---|" * 9,
    ]
    for name in ("unseen", "tuned"):
        for index, row in rows_of_half(name):
            if index not in READ:
                continue
            multi = row["selection"] == "multi"
            now = said(extract(row["response"], BARE, multi=multi))
            label = "".join(sorted(set(row["human_extract"])))
            first = FIRST_READ.get(index, "" if name == "tuned" else label)
            whose, states, why = READ[index]
            cells = [str(index), name, row["selection"], label, first, now, whose, states, why]
            rows.append("| " + " | ".join(cells) + " |")
    numbers = [
        f"{name}: {share(kept['numeric'].agree, kept['numeric'].rows)}"
        for name, kept in halves.items()
    ]
    letters = sum(kept["numeric"].adjudicated_wrong for kept in halves.values())
    return [
        "## Tuned and unseen",
        UNSEEN_NOTE,
        "\n".join(head + table),
        "Every row on which reader and label differ, or differed at first:",
        "\n".join(rows),
        f"Rows of numbers, by `read_number`: {'; '.join(numbers)}. A letter was read on {letters}.",
        "## Sentences of 18 languages",
        SENTENCES_NOTE,
        _sentence_table(),
        "## Fresh replies, in four rounds",
        ROUNDS_NOTE,
        _round_table(),
        "## Sets of several options",
        SETS_NOTE.format(first=SETS_AT_FIRST_SIGHT, now=measure_sets()),
    ]


def _round_table() -> str:
    lines = [
        "| round | kind | agree, at first | wrong of returned, at first | agree, after mending"
        " | wrong of returned, after mending |",
        "|" + "---|" * 6,
    ]
    for name, kind, first, now in ROUNDS:
        cells = [name, kind]
        for agree, rows, wrong, returned in (first, now):
            cells += [share(agree, rows), share(wrong, returned)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _sentence_table() -> str:
    lines = [
        "| language | "
        + " | ".join(f"{name}: chosen | {name}: none" for name in AT_FIRST_SIGHT)
        + " |",
        "|" + "---|" * (1 + 2 * len(AT_FIRST_SIGHT)),
    ]
    measured = {name: measure_sentences(name) for name in AT_FIRST_SIGHT}
    for language in measured["sentences"]:
        cells = [language]
        for name in AT_FIRST_SIGHT:
            each = measured[name][language]
            cells += [f"{each['read']}/{each['with']}", f"{each['none']}/{each['without']}"]
        lines.append("| " + " | ".join(cells) + " |")
    first = ["all, at first sight"]
    total = ["all, now"]
    for name, seen in AT_FIRST_SIGHT.items():
        first += [f"{seen['read']}/{seen['with']}", f"{seen['none']}/{seen['without']}"]
        sums = {key: sum(each[key] for each in measured[name].values()) for key in seen}
        total += [f"{sums['read']}/{sums['with']}", f"{sums['none']}/{sums['without']}"]
    lines += ["| " + " | ".join(each) + " |" for each in (first, total)]
    return "\n".join(lines)


UNSEEN_NOTE = (
    "`jeebench_more`, 1,014 more rows labelled by people, split by the last digit of each reply's "
    "SHA-256 before any of them was read. Rules were made on the half called tuned. The other one "
    "was measured once, when they were done: that is the line to believe. Then its disagreements "
    "were read, and the kinds that they showed were mended, so its second line is tuned too. "
    "Intervals are Wilson's, 95 %. Rows of one letter are read with `multi=False`, of several with "
    "`multi=True`, and rows labelled None (other) in either mode: any letter counts against us. In "
    "the adjudicated columns a row of the table below counts as right only when the reader gives "
    "what the reply states; an undecidable one never does. Adjudicated by the author of the rules."
)
SENTENCES_NOTE = (
    "Written, and committed, before the patterns of `languages.toml`, five with an answer and five "
    "without for each language (`tests/answers/sentences.toml`); a second set of four and four "
    "(`sentences_kept_back.toml`) was written with the first and run only after the first was "
    "mended. Their author is the author of the patterns, so they show that a language is known, not "
    "how often its replies are read. A third set, five and five (`sentences_fresh.toml`), was written "
    "by somebody who had not seen the patterns. Cells: read as meant, of how many. In the third set "
    "one sentence without an answer gave a letter at first sight."
)
ROUNDS_NOTE = (
    "853 replies that nobody had tuned on, each labelled by reading it before any rule ran on it "
    "(in rounds 1 and 2 the reader had not seen the rules). Round 1 was measured with "
    "the rules of version 2; then the kinds that it showed were mended and round 2 was measured "
    "once, and so on: the columns `at first` are unseen in every round, those `after mending` are "
    "not. English replies to questions with several right options were read well from the start "
    "(38 of 40, 39 of 40, 40 of 40, 53 of 53); what failed were lists and conclusions in Chinese, "
    "Arabic and Hindi, and among the single ones the output of base models and walks through the "
    "options in Chinese. So on replies of these kinds 98 % and 0.5 % are not reached. A row may have "
    "several labels that count as right where the options' texts are needed (here the rules are "
    "given letters alone) or where people could differ; seven rows that nobody can decide are left "
    "out. Sources: `somethingdevs/cs678-jeebench` (MIT; GPT-3, 3.5 and 4 in English, Chinese, Arabic "
    "and Hindi), `OpenLMLab/GAOKAO-Bench` (Apache-2.0), `open-compass/GAOKAO-Eval` and "
    "`g1y5x3/llm_gaokao` (no licence stated), `open-compass/LawBench` (Apache-2.0; 45 models, many "
    "of them base models), and 35 replies of SmolLM2-135M-Instruct. None of them is in this "
    "repository, so these figures are not made anew with the page. They are of version 3; by version 4, "
    "which was mended by what they showed, 540 of 542 multi replies agree (1 of 485 letters wrong) "
    "and 308 of 311 single ones (1 of 231), as tuned material. 320 replies written to be hard, unseen by the rules of version 4, stand "
    "in `extraction_fresh.md`: there they read far less, and more letters were wrong."
)
SETS_NOTE = (
    "`tests/answers/sets_kept_back.toml`: replies to questions with several right options, written "
    "before the rules for sets were mended. At first sight {first[read]} of {first[of]} were read as "
    "stated, with {first[wrong]} wrong letters returned; now {now[read]} of {now[of]}, with "
    "{now[wrong]}."
)


def main() -> int:
    """Print what one half gives, with every reply that is read otherwise than labelled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("half", nargs="?", choices=("tuned", "unseen"), default="tuned")
    name = parser.parse_args().half
    result = measure_half(name)
    rows = dict(rows_of_half(name))
    for kind, kept in result.items():
        for index, *rest in kept.differ:
            print(f"##### {index} {kind} {rest}\n{rows[index]['response']}\n")
    for kind, kept in result.items():
        print(kind, {key: value for key, value in vars(kept).items() if key != "differ"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
