"""Measure prompt templates on real models and real items: what share of first replies can be read.

    python tests/benchmarks/prompts.py measure MODEL.gguf --profile full direct@1 direct@2+reask@2
    python tests/benchmarks/prompts.py measure MODEL.gguf --half tuned --count 40 --show 5 direct@2
    python tests/benchmarks/prompts.py ask MODEL.gguf --profile full none ask@1
    python tests/benchmarks/prompts.py page             # writes docs/benchmarks/prompts.md from prompts.json

Items come from `shared/data` beside the checkout; without it the script says so and ends with code
0. Each set is split by a hash of item ids: templates were worded on the half called tuned, and the
other one is reported. `measure` and `ask` put their figures into prompts.json; with `--show` or
`--folder` (templates under work) they only print them. Models are asked greedily, in batches, as a
study asks them, and replies are read by `cgr_nb.answers`; nothing constrains the decoding.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from cgr_nb.answers import extract_reply, read_number  # noqa: E402
from cgr_nb.items import read_items  # noqa: E402
from cgr_nb.models import Model, card_from_gguf, open_model  # noqa: E402
from cgr_nb.prompts import available, load_template, render, render_reask  # noqa: E402
from cgr_nb.records import Extraction, Item, Message, Reply, Sampling  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
FIGURES = Path(__file__).with_suffix(".json")
PAGE = ROOT / "docs" / "benchmarks" / "prompts.md"
SETS = {
    "OpenBookQA": "openbookqa/test.jsonl",
    "CommonsenseQA": "commonsenseqa/dev_rand_split.jsonl",
    "MedQA": "medqa/medqa_us_4opt_test_first500.jsonl",
    "MMLU-Pro": "mmlu_pro/mmlu_pro_test_sample.jsonl",
}
MULTI_SETS = {
    "FailureSensorIQ, several right": "failuresensoriq/multi_correct_first500.jsonl",
    "JEEBench, several right": "physicsqa_standins/jeebench_dataset.json",
}
"""Items that ask for a set of letters, for the templates `..._multi`."""
MAX_TOKENS = {"direct": 48, "cot": 256, "ask": 64, "direct_multi": 48, "cot_multi": 256}
"""Of one reply, by template."""
CONTEXT = 4096
"""Tokens of prompt and reply; items that are longer are counted as too long."""


def digest(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def half_of(item: Item) -> str:
    return "tuned" if digest(item.id) % 2 else "reported"


def items_of(name: str, half: str, count: int) -> list[Item]:
    """The items of one half of a set, in an order of their own."""
    multi = name in MULTI_SETS
    found = [
        replace(item, multi=multi)
        for item in read_items(DATA / (MULTI_SETS if multi else SETS)[name]).items
        if half_of(item) == half
        and len(item.options) > 1
        and item.gold
        and (len(item.gold) > 1) == multi
    ]
    return sorted(found, key=lambda item: digest(f"order {item.id}"))[:count]


def kind_of(item: Item, reply: Reply, found: Extraction) -> str:
    """What a reply is, in a few words."""
    if found.status == "answered":
        return "read"
    text = reply.text.strip()
    if not text:
        return "empty"
    if found.status == "out_of_range":
        return "a letter that is no option"
    if found.status == "ambiguous":
        return "several letters"
    if reply.finish == "length":
        return "cut before any letter"
    if re.fullmatch(r"(answer|option)?\W*", text, re.IGNORECASE):
        return "a heading and nothing behind it"
    if text[:40].lower() in item.question.lower():
        return "the question again"
    return "words without a letter"


@dataclass(frozen=True)
class Chain:
    """A template, and a re-ask where the first reply can't be read."""

    name: str
    version: int
    again: int | None

    @classmethod
    def of(cls, text: str) -> Chain:
        first, _, again = text.partition("+")
        name, version = first.split("@")
        return cls(name, int(version), int(again.split("@")[1]) if again else None)


@dataclass(frozen=True)
class Asked:
    """What became of one item."""

    item: Item
    reply: Reply
    found: Extraction
    again: Extraction | None = None


async def ask_items(
    model: Model, chain: Chain, items: Sequence[Item], profile: str, folder: Path | None
) -> list[Asked]:
    """Put a chain to all items, side by side."""
    sampling = Sampling(max_tokens=MAX_TOKENS[chain.name], temperature=0.0)

    async def one(item: Item) -> Asked:
        first = render(chain.name, item, profile, chain.version, folder)
        reply = await model.reply(first.messages, sampling)
        found = extract_reply(reply, item.options, multi=item.multi)
        if found.status == "answered" or chain.again is None:
            return Asked(item, reply, found)
        turn = render_reask(item, first.messages, reply.text, profile, chain.again, folder)
        second = await model.reply(turn.messages, sampling)
        return Asked(item, reply, found, extract_reply(second, item.options))

    return list(await asyncio.gather(*map(one, items)))


def found_right(one: Asked) -> bool:
    return one.found.status == "answered" and one.found.letters == one.item.gold


def answers_to(item: Item) -> int:
    """How many there are to choose from: letters, or sets of them."""
    return 2 ** len(item.options) - 1 if item.multi else len(item.options)


def figures(asked: Sequence[Asked]) -> dict[str, Any]:
    """The numbers of one table row."""
    read = [one.found for one in asked if one.found.status == "answered"]
    letters = Counter("".join(found.letters) for found in read)
    gold = Counter("".join(one.item.gold or ()) for one in asked)
    return {
        "items": len(asked),
        "read": sum(letters.values()),
        "read_again": sum(one.again is not None and bool(one.again.letter) for one in asked),
        "right": sum(found_right(one) for one in asked),
        "chance": round(sum(1 / answers_to(one.item) for one in asked) / len(asked), 4),
        "letters": dict(sorted(letters.items())),
        "gold": dict(sorted(gold.items())),
        "kinds": dict(
            Counter(
                kind
                for one in asked
                for kind in [kind_of(one.item, one.reply, one.found)]
                if kind != "read"
            ).most_common()
        ),
        "reply_tokens": round(sum(one.reply.reply_tokens for one in asked) / len(asked), 1),
    }


YES_NO = (
    ("Is a whale bigger than a mouse?", "yes"), ("Can a stone swim?", "no"),
    ("Is snow cold?", "yes"), ("Do people eat chairs?", "no"),
    ("Is a hammer a tool?", "yes"), ("Is the sun made of ice?", "no"),
    ("Do birds have wings?", "yes"), ("Is a carrot an animal?", "no"),
    ('Does "glad" mean the same as "happy"?', "yes"), ('Is "tall" the opposite of "red"?', "no"),
    ("Would you find a bed in a bedroom?", "yes"), ("Is a spoon used for cutting wood?", "no"),
    ("A man fell and cried. Is he happy?", "no"), ("Is bread made from flour?", "yes"),
    ("Do you put on shoes before socks?", "no"), ("Is Monday a day of the week?", "yes"),
    ("Can a fish live in a lake?", "yes"), ("Is a circle a number?", "no"),
    ("Is 12 more than 7?", "yes"), ("Are cars made of cheese?", "no"),
    ("Does rain make the street wet?", "yes"), ("Is a baby older than its mother?", "no"),
    ("Is milk a drink?", "yes"), ("Do cats bark?", "no"),
)  # fmt: skip
NUMBERS = (
    ("What is 3 plus 4?", 7), ("How many days are in a week?", 7),
    ("What is 10 minus 6?", 4), ("How many legs does a dog have?", 4),
    ("What is 2 times 5?", 10), ("How many months are in a year?", 12),
    ("What is 20 divided by 4?", 5), ("How many wheels does a bicycle have?", 2),
    ("What is 15 plus 5?", 20), ("How many minutes are in an hour?", 60),
    ("A box holds 6 eggs. Two break. How many are whole?", 4), ("What is 9 minus 9?", 0),
    ("How many sides does a triangle have?", 3), ("What is 100 plus 1?", 101),
    ("Tom has 2 cats and 3 dogs. How many animals has he?", 5), ("What is half of 18?", 9),
    ("How many letters are in the word cat?", 3), ("What is 7 times 1?", 7),
    ("How many hours are in a day?", 24), ("What is 50 minus 25?", 25),
    ("Ann is 8. How old is she in two years?", 10), ("How many eyes do most people have?", 2),
    ("What is 4 plus 4 plus 4?", 12), ("How many cents are in a dollar?", 100),
)  # fmt: skip
SHORT = (
    ("What colour is grass?", "green"), ("What do bees make?", "honey"),
    ("Where do fish live?", "water"), ("What animal says meow?", "cat"),
    ('What is the opposite of "up"?', "down"), ("What do you use to cut bread?", "knife"),
    ("What falls from clouds?", "rain"), ("What do cows give us to drink?", "milk"),
    ("What colour is the sky on a clear day?", "blue"), ("What do you wear on your feet?", "shoe"),
    ("What season comes after winter?", "spring"), ("What do we read?", "book"),
    ("Mia lost her red hat on the bus. What did she lose?", "hat"), ("What is ice made of?", "wat"),
    ("Who flies a plane?", "pilot"), ("What do you open a lock with?", "key"),
    ("What is the capital of France?", "paris"), ("What do we breathe?", "air"),
    ("Ben ate soup. Then he slept. What did he eat?", "soup"), ("What barks?", "dog"),
    ("Which room do you cook in?", "kitchen"), ("What do hens lay?", "egg"),
    ("What shines at night in the sky?", "moon"), ("What do you tell time with?", "clock"),
)  # fmt: skip
QUESTIONS: dict[str, Sequence[tuple[str, Any]]] = {
    "yes or no": YES_NO,
    "number": NUMBERS,
    "a word or two": SHORT,
}
"""Short questions of the kinds that programs ask. Of each four, the first two are tuned on."""


def judged(kind: str, reply: Reply, answer: Any) -> tuple[bool, bool]:
    """Whether a reply is of the form asked for, and whether it is right."""
    text = reply.text.strip()
    if kind == "number":
        number = read_number(text)
        return number is not None, number == answer
    if kind == "yes or no":
        word = re.match(r"\W*(yes|no)\b", text.lower())
        return word is not None, word is not None and word[1] == answer
    return reply.finish == "stop" and 0 < len(text.split()) <= 6, answer in text.lower()


async def ask_questions(
    model: Model, version: int | None, profile: str, half: str, folder: Path | None, show: int
) -> dict[str, Any]:
    """Put the short questions as programs do."""
    template = (
        None if version is None else load_template("ask", profile, version, folder, ["prompt"])
    )
    sampling = Sampling(max_tokens=MAX_TOKENS["ask"], temperature=0.0)
    found: dict[str, Any] = {}
    for kind, questions in QUESTIONS.items():
        chosen = [
            one for place, one in enumerate(questions) if (place // 2 % 2 == 0) == (half == "tuned")
        ]
        turns = [
            (Message("user", text),) if template is None else template.fill({"prompt": text})
            for text, _ in chosen
        ]
        replies = await asyncio.gather(*(model.reply(turn, sampling) for turn in turns))
        verdicts = [
            judged(kind, reply, answer) for reply, (_, answer) in zip(replies, chosen, strict=True)
        ]
        for reply, (text, _), verdict in list(zip(replies, chosen, verdicts, strict=True))[:show]:
            print(f"    {verdict} {text!r} -> {reply.text!r}")
        found[kind] = {
            "items": len(chosen),
            "read": sum(form for form, _ in verdicts),
            "right": sum(right for _, right in verdicts),
            "reply_tokens": round(sum(one.reply_tokens for one in replies) / len(replies), 1),
        }
    return found


def opened(path: Path, profile: str) -> Model:
    card = card_from_gguf(path, roles=["solver"])
    return open_model(replace(card, prompts=profile, context_tokens=CONTEXT), path.parent)


def keep(entry: dict[str, Any], into: Path) -> None:
    """Put one measurement into the figures, in place of an older one of the same thing."""
    known = json.loads(into.read_text("utf-8")) if into.exists() else []
    same = ("what", "model", "template", "again", "profile", "set", "half")
    known = [one for one in known if any(one.get(key) != entry.get(key) for key in same)]
    known.append(entry)
    known.sort(key=lambda one: [str(one.get(key)) for key in same])
    into.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", "utf-8")


async def measure(arguments: argparse.Namespace) -> None:
    model = opened(arguments.model, arguments.profile)
    try:
        for chain in map(Chain.of, arguments.templates):
            for name in arguments.sets or SETS:
                await measure_set(model, chain, name, arguments)
    finally:
        await model.close()


async def measure_set(model: Model, chain: Chain, name: str, how: argparse.Namespace) -> None:
    items = items_of(name, how.half, how.count)
    asked = await ask_items(model, chain, items, how.profile, how.folder)
    found = figures(asked)
    template = load_template(chain.name, how.profile, chain.version, how.folder)
    entry = {
        "what": "items",
        "model": how.model.name,
        "template": f"{how.profile}/{chain.name}@{chain.version}",
        "again": None if chain.again is None else f"{how.profile}/reask@{chain.again}",
        "hash": template.hash[:16],
        "profile": how.profile,
        "set": name,
        "half": how.half,
        **found,
    }
    share = 100 * found["read"] / found["items"]
    print(
        f"{entry['template']} {name} {how.half}: {share:.0f} % read (+{found['read_again']}),"
        f" {found['right']}/{found['items']} right, chance {found['chance']:.2f},"
        f" {found['letters']} gold {found['gold']} {found['kinds']} {found['reply_tokens']}",
        flush=True,
    )
    odd = [one for one in asked if one.found.letter is None]
    for one in [*odd, *(one for one in asked if one.found.letter)][: how.show]:
        print("   ", one.found.letter, repr(one.reply.text[-200:]))
    if not how.show and how.folder is None:
        keep(entry, how.into)


async def ask(arguments: argparse.Namespace) -> None:
    model = opened(arguments.model, arguments.profile)
    try:
        for name in arguments.templates:
            version = None if name == "none" else int(name.split("@")[1])
            found = await ask_questions(
                model, version, arguments.profile, arguments.half, arguments.folder, arguments.show
            )
            print(name, arguments.half, json.dumps(found), flush=True)
            for kind, numbers in found.items():
                entry = {
                    "what": "ask",
                    "model": arguments.model.name,
                    "template": name if version is None else f"{arguments.profile}/{name}",
                    "again": None,
                    "profile": arguments.profile,
                    "set": kind,
                    "half": arguments.half,
                    **numbers,
                }
                if not arguments.show and arguments.folder is None:
                    keep(entry, arguments.into)
    finally:
        await model.close()


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


def page(known: Sequence[dict[str, Any]]) -> str:
    """The page of all figures."""
    lines = [
        "# Prompt templates on real models",
        "",
        "Made by `python tests/benchmarks/prompts.py page`; do not edit by hand.",
        "",
        (Path(__file__).with_name("prompts_words.md")).read_text("utf-8").strip(),
        "",
    ]
    for half, title in HALVES.items():
        rows = [one for one in known if one["half"] == half and one["what"] == "items"]
        if not rows:
            continue
        lines += [f"## {title}", ""]
        lines += ["| model | template | set | items | read at first | read after one re-ask | right"
                  " | chance | always one letter | chosen | gold | tokens of a reply |",
                  "|---|---|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
        lines += map(_row, sorted(rows, key=_order))
        lines += ["", "### What could not be read at first", "", KINDS]
        lines += ["| model | template | set | kinds |", "|---|---|---|---|"]
        for one in sorted(rows, key=_order):
            if kinds := _counted(one["kinds"]):
                lines.append(f"| {one['model']} | {one['template']} | {one['set']} | {kinds} |")
        lines.append("")
    lines += ["## Short questions, as programs ask them", "",
              "| model | template | half | kind | questions | of the form asked for | right"
              " | tokens of a reply |", "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {one['model']} | {one['template']} | {one['half']} | {one['set']} | {one['items']}"
        f" | {one['read']} | {one['right']} | {one['reply_tokens']} |"
        for one in sorted(known, key=_order)
        if one["what"] == "ask"
    ]
    lines += ["", "## Programs, by generator template", "",
              "Made by `prompts_generated.py`: each program is run in the sandbox against a solver whose"
              " every reply is \"The answer is A.\"", "",
              "| model | template | set | items | programs | run to a letter | asked the solver"
              " | statuses | tokens of a reply |", "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {one['model']} | {one['template']} | {one['set']} | {one['items']} | {one['programs']}"
        f" | {one['ok']} | {one['asking']} | {_counted(one['kinds'])} | {one['reply_tokens']} |"
        for one in sorted(known, key=_order)
        if one["what"] == "programs"
    ]
    lines += ["", "## Every template", "", "| template | SHA-256 begins | measured above |",
              "|---|---|---|"]  # fmt: skip
    measured = {one["template"] for one in known} | {one["again"] for one in known}
    for name in available():
        profile, _, rest = name.partition("/")
        stem, _, version = rest.partition("@")
        hash = load_template(stem, profile, int(version), fields=None).hash
        lines.append(f"| {name} | {hash[:16]} | {'yes' if name in measured else 'no'} |")
    return "\n".join(lines) + "\n"


def _counted(kinds: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in kinds.items())


def _order(one: dict[str, Any]) -> tuple[str, ...]:
    names = [*SETS, *MULTI_SETS]
    place = str(names.index(one["set"])) if one["set"] in names else one["set"]
    return one["model"], one["template"], str(one["again"]), one["half"], place


def _row(one: dict[str, Any]) -> str:
    def share(part: int) -> str:
        return f"{part} ({100 * part / one['items']:.0f} %)"

    letter, most = max(one["gold"].items(), key=lambda pair: pair[1])
    after = share(one["read"] + one["read_again"]) if one["again"] else "-"
    chosen, gold = (
        " ".join(f"{letter} {count}" for letter, count in one[name].items())
        for name in ("letters", "gold")
    )
    return (
        f"| {one['model']} | {one['template']}{' + ' + one['again'] if one['again'] else ''}"
        f" | {one['set']} | {one['items']} | {share(one['read'])} | {after}"
        f" | {share(one['right'])} | {100 * one['chance']:.0f} %"
        f" | {letter}: {100 * most / one['items']:.0f} % | {chosen} | {gold}"
        f" | {one['reply_tokens']} |"
    )


def main(given: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("measure", "ask"):
        command = commands.add_parser(name)
        command.add_argument("model", type=Path)
        command.add_argument("templates", nargs="+")
        command.add_argument("--profile", default="full")
        command.add_argument("--half", choices=("tuned", "reported"), default="reported")
        command.add_argument("--into", type=Path, default=FIGURES, help="file of figures")
        command.add_argument("--folder", type=Path, help="templates under work")
        command.add_argument("--show", type=int, default=0, help="replies to print, of each set")
        if name == "measure":
            command.add_argument("--count", type=int, default=100)
            command.add_argument(
                "--set", dest="sets", action="append", choices=[*SETS, *MULTI_SETS]
            )
    commands.add_parser("page")
    arguments = parser.parse_args(None if given is None else list(given))
    if arguments.command == "page":
        PAGE.write_text(page(json.loads(FIGURES.read_text("utf-8"))), "utf-8")
        return 0
    if arguments.command == "measure" and not DATA.is_dir():
        print(f"nothing measured: there is no {DATA}")
        return 0
    asyncio.run(measure(arguments) if arguments.command == "measure" else ask(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
