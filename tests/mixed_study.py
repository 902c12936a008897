"""A study on scripted models in which nearly everything happens that can happen in one.

Two solvers, two generators, three calm datasets and a rough one. Calm items have answers that can't
be read and programs that fail in every way; in the rough ones calls fail as well: prompts that do
not fit, requests that are refused, replies that never come. Some calls were superseded and asked
again, every program was probed, and people judged some. The script is a function of what is asked,
so a study made twice is the same study.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from cgr_nb import Study
from cgr_nb.errors import CallFailed, ContextOverflow, RequestError
from cgr_nb.models import ScriptedModel
from cgr_nb.records import Message, Sampling, Verdict

__all__ = ["ARMS", "CALM", "make_mixed_study"]

ARMS = ("cot", "pal", "readout", "self_consistency", "foreign_scaffold", "stub_solver")
CALM = ("sums", "words", "yes_no")
"""Datasets in which no call fails: no arm lacks an answer for an outside reason."""
SOLVERS = {"solver-small": 0.45, "solver-large": 0.75}
"""Name -> how often it is right."""
GENERATORS = ("writer-plain", "writer-wild")

HEAD = "GENERATOR_ANSWER = {belief}\nDIFFICULTY = {difficulty}\n\n"
BODIES = {
    "choose": """def solve(item, ask):
    return ask("Which one? " + item["question"], choices=list(item["options"]))
""",
    "read": """def solve(item, ask):
    return read_letter(ask("Think of " + item["question"]))
""",
    "vote": """def solve(item, ask):
    for letter, text in item["options"].items():
        if ask("Is it " + text + "? " + item["question"]).lower().startswith("yes"):
            return letter
    return None
""",
    "fallback": """def solve(item, ask):
    reply = ask("In one word: " + item["question"])
    if reply in item["options"]:
        return reply
    return GENERATOR_ANSWER or "A"
""",
    "belief": """def solve(item, ask):
    ask("Tell me of " + item["question"])
    return GENERATOR_ANSWER
""",
    "literal": """def solve(item, ask):
    return "B"
""",
    "alone": """def solve(item, ask):
    return sorted(item["options"], key=lambda letter: len(item["options"][letter]))[0]
""",
    "invalid": """def solve(item, ask):
    ask("Which letter? " + item["question"])
    return "Z"
""",
    "nothing": """def solve(item, ask):
    ask("Which letter? " + item["question"])
""",
    "crash": """def solve(item, ask):
    ask("How many? " + item["question"])
    return 1 / 0
""",
    "moody": """import time

def solve(item, ask):
    letter = read_letter(ask("How long? " + item["question"]))
    if "[sums3]" in item["question"]:
        time.sleep(600)
    while "[sums6]" in item["question"]:
        pass
    return letter
""",
    "talk": """def solve(item, ask):
    while True:
        ask("And? " + item["question"])
""",
    "print": """def solve(item, ask):
    while True:
        print(item["question"])
""",
    "refused": """def solve(item, ask):
    try:
        ask("Which of none? " + item["question"], choices=["", "A"])
    except Exception:
        return ask("Which then? " + item["question"], choices=list(item["options"]))
""",
    "syntax": "def solve(item, ask:\n    return 'A'\n",
    "nameless": "def answer(item, ask):\n    return 'A'\n",
    "cut": "def solve(item, ask):\n    words = [" + "'a', " * 400 + "]\n    return words[0]\n",
}
"""Kind of a program -> its text. A reply is cut at 300 words, and so is the last. The moody one stops
at two items only, neither of which is the one that it is probed with: a probe may run for long."""
CALM_KINDS = {
    "writer-plain": ("choose", "read", "vote", "fallback", "choose", "belief", "none", "crash"),
    "writer-wild": ("vote", "literal", "invalid", "choose", "nothing", "alone", "syntax", "read"),
}
RARE_KINDS = {
    **{(f"sums{n}", "writer-wild"): "moody" for n in (0, 1, 3, 5, 6)},
    ("sums8", "writer-wild"): "talk",
    ("words1", "writer-wild"): "print",
    ("words2", "writer-wild"): "refused",
    ("words3", "writer-wild"): "nameless",
    ("words4", "writer-wild"): "cut",
    ("words5", "writer-wild"): "empty",
}
DIRECT_FORMS = ("Answer: {}", "{}", "The answer is ({}).", "It must be {}, I think.")
HOPELESS = ("sums5", "sums6", "sums7", "sums8")
"""All items of one dataset configuration: the small solver alone has none of them right."""
UNREAD = {
    "sums1": ("Hard to say.", "Answer: C"),
    "sums4": ("A or B.", "A or B."),
    "words0": ("Answer: Z", "Answer: Z"),
    "words6": ("", ""),
    "yes_no2": ("Who knows?", "No idea."),
    "rough8": ("Who knows?", "No idea."),
}
"""Item -> the small solver's direct reply, and that after it was asked again."""

JUDGEMENTS = (
    ("literal", "ann", ("hard_coded",)),
    ("literal", "bob", ("clean", "hard_coded")),
    ("choose", "ann", ("clean",)),
    ("choose", "bob", ("clean", "hard_coded", "withdrawn")),
    ("vote", "ann", ("clean", "withdrawn")),
    ("read", "ann", ("unsure",)),
    ("fallback", "ann", ("fallback_only",)),
    ("fallback", "bob", ("hard_coded",)),
    ("belief", "bob", ("hard_coded",)),
    ("invalid", "bob", ("withdrawn",)),
)
"""Kind of a program -> who judged one of that kind, and how, oldest first."""

STUDY = """
name = "mixed"
seed = 7
arms = {arms}
[items]
files = ["calm.jsonl", "rough.jsonl"]
[models]
registry = "registry.toml"
solvers = {solvers}
generators = {generators}
[generator]
max_tokens = 300
temperature = 0.7
[limits]
wall_s = 4.0
cpu_s = 1.0
calls = 6
output_chars = 2000
[run]
isolation = "limits"
trace = false
concurrency = {concurrency}
"""
CARD = """
[[model]]
name = "{name}"
roles = ["{role}"]
backend = "scripted"
family = "scripted"
quantisation = "none"
context_tokens = 4096
licence = "Apache-2.0"
source = "a script"
prompts = "tiny"
price_input = {price}
price_output = {dearer}
options = {{ rules = [], default = "says the script of the study" }}
"""


def make_mixed_study(folder: Path, *, concurrency: int = 8) -> Path:
    """Make the study in a folder, bad hour, redo, audit, judgements and all; returns the folder."""
    items = _items()
    for name, rough in (("calm.jsonl", False), ("rough.jsonl", True)):
        chosen = [item for item in items if (item["dataset"] == "rough") is rough]
        (folder / name).write_text("".join(json.dumps(item) + "\n" for item in chosen), "utf-8")
    cards = [
        *(CARD.format(name=name, role="solver", price=0.5, dearer=1.5) for name in SOLVERS),
        *(CARD.format(name=name, role="generator", price=3, dearer=15) for name in GENERATORS),
    ]
    (folder / "registry.toml").write_text("".join(cards), "utf-8")
    names = {"solvers": list(SOLVERS), "generators": list(GENERATORS), "arms": list(ARMS)}
    told = {name: json.dumps(value) for name, value in names.items()}
    (folder / "study.toml").write_text(STUDY.format(**told, concurrency=concurrency), "utf-8")
    with _scripted(bad_hour=True), Study.run(folder, progress=False) as study:
        study.audit(progress=False)
        found = study.items().set_index("question")["id"]
    tags = {tag: id for question, id in found.items() for tag in [_tag(question)]}
    with Study.open(folder) as study:
        chosen = [tags[tag] for tag in ("sums2", "words7", "yes_no1")]
        study.redo(model="writer-plain", item=chosen, reason="a bad hour of the writer")
        study.redo(model="solver-large", item=tags["sums0"], arm="direct", reason="an empty reply")
    with _scripted(bad_hour=False), Study.run(folder, progress=False) as study:
        study.audit(progress=False)
        _judge(study)
    return folder


def _judge(study: Study) -> None:
    programs = study.programs().dropna(subset=["source"]).sort_values("program_id")
    minute = 0
    for kind, rater, labels in JUDGEMENTS:
        ours = programs[programs["source"].str.endswith(BODIES[kind])]
        for label in labels:
            minute += 1
            created = f"2026-01-01T00:{minute:02}:00+00:00"
            study.judge(Verdict(ours["program_id"].iloc[0], rater, label, "", created))


def _items() -> list[dict[str, Any]]:
    items = []
    for n in range(9):
        texts = [str(n + 3), str(n + 4), str(n + 5), str(2 * n + 17)]
        config = "small" if n < 5 else "large"
        gold: Any = "ABCD"[n % 4] if n != 7 else ["A", "C"]
        items.append(_item("sums", config, n, f"{n} and three more", texts, gold))
    for n in range(8):
        texts = ["a river", "the sea", "rain", "snow in the hills", "tea"][: 3 + n % 3]
        items.append(_item("words", "default", n, "what runs", texts, "ABC"[n % 3]))
    for n in range(6):
        gold = "AB"[n % 2] if n != 5 else None
        items.append(_item("yes_no", "default", n, "is it so", ["yes", "no"], gold))
    for n in range(11):
        texts = ["north", "south", "east", "west"]
        items.append(_item("rough", "default", n, "which way", texts, "ABCD"[n % 4]))
    return items


def _item(
    dataset: str, config: str, n: int, question: str, texts: Sequence[str], gold: object
) -> dict[str, Any]:
    made = {
        "dataset": dataset,
        "config": config,
        "question": f"[{dataset}{n}] {question}",
        "options": dict(zip("ABCDE", texts, strict=False)),
    }
    return made | ({"gold": gold} if gold is not None else {})


_GOLD = {item["question"].partition("]")[0][1:]: item.get("gold", "A")[0] for item in _items()}
_OPTIONS = {item["question"].partition("]")[0][1:]: item["options"] for item in _items()}


def _tag(text: str) -> str:
    """The name of the item that a text is about."""
    return text.partition("[")[2].partition("]")[0]


def _drawn(*parts: object) -> float:
    """A number from 0 to 1 that depends on its parts and nothing else."""
    return int(sha256(repr(parts).encode()).hexdigest()[:8], 16) / 2**32


def _letter(tag: str, share: float, *parts: object) -> str:
    """The right letter in so many of all cases, else another."""
    gold, letters = _GOLD[tag], list(_OPTIONS[tag])
    if _drawn("right", tag, *parts) < share:
        return gold
    others = [letter for letter in letters if letter != gold]
    return others[int(_drawn("which", tag, *parts) * len(others))]


def _solver(name: str, messages: Sequence[Message], sampling: Sampling, bad_hour: bool) -> str:
    asked, tag = messages[-1].content.strip(), _tag(messages[0].content)
    skill = SOLVERS[name]
    if asked.endswith("Think, then answer with a letter."):
        return _thought(name, tag, skill)
    if asked.endswith("Answer with a letter."):
        if sampling.temperature:
            return _sample(name, tag, skill, sampling.seed)
        return _straight(name, tag, skill, bad_hour)
    if len(messages) > 1:
        if sampling.choices:
            if tag == "rough8":
                raise ContextOverflow("prompt and reply do not fit", where=f"model '{name}'")
            return sampling.choices[int(_drawn("read out", tag, name) * len(sampling.choices))]
        return UNREAD[tag][1]
    return _asked(name, tag, skill, asked, sampling)


def _thought(name: str, tag: str, skill: float) -> str:
    if tag == "rough3":
        raise ContextOverflow("prompt and reply do not fit", where=f"model '{name}'", got="5000")
    if tag == "rough9":
        raise CallFailed("the server gave no reply", where=f"model '{name}'")
    if tag in ("sums8", "yes_no4"):
        return "This could be argued either way."
    return f"Let me think. Answer: {_letter(tag, skill + 0.1, name, 'cot')}"


def _sample(name: str, tag: str, skill: float, seed: int) -> str:
    if tag == "rough5" or (tag == "rough4" and seed % 2):
        raise RequestError("the endpoint can't serve this request", where=f"model '{name}'")
    if tag == "words2":
        return "Words fail me."
    return f"Answer: {_letter(tag, skill, name, seed)}"


def _straight(name: str, tag: str, skill: float, bad_hour: bool) -> str:
    if tag == "rough0" and name == "solver-small":
        raise ContextOverflow("prompt and reply do not fit", where=f"model '{name}'", got="4200")
    if tag == "rough1":
        raise RequestError("the endpoint can't serve this request", where=f"model '{name}'")
    if tag == "rough10" and name == "solver-large":
        raise CallFailed("the server gave no reply", where=f"model '{name}'")
    if bad_hour and tag == "sums0" and name == "solver-large":
        return "Answer: B. The server is tired."
    if tag in UNREAD and name == "solver-small":
        return UNREAD[tag][0]
    if name == "solver-small" and tag in HOPELESS:
        skill = 0.0
    form = DIRECT_FORMS[int(_drawn("form", tag, name) * len(DIRECT_FORMS))]
    return form.format(_letter(tag, skill, name, "direct"))


def _asked(name: str, tag: str, skill: float, asked: str, sampling: Sampling) -> str:
    if tag == "rough2":
        raise ContextOverflow("prompt and reply do not fit", where=f"model '{name}'", got="9000")
    letter = _letter(tag, skill + 0.1, name, asked)
    if sampling.choices:
        return letter
    if asked.startswith("Is it "):
        said = asked.removeprefix("Is it ").partition("? ")[0]
        return "Yes." if said == _OPTIONS[tag][letter] else "No."
    if asked.startswith("Think of"):
        return f"Answer: {letter}" if _drawn("read", tag, name) < 0.8 else "I can't tell."
    return letter if _drawn("word", tag, name) < 0.6 else _OPTIONS[tag][letter]


def _writer(name: str, messages: Sequence[Message], sampling: Sampling, bad_hour: bool) -> str:
    del sampling  # a writer here writes alike at any temperature
    asked, tag = messages[-1].content, _tag(messages[-1].content)
    number = int(tag.lstrip("abcdefghijklmnopqrstuvwxyz_"))
    plain = name == "writer-plain"
    if asked.startswith("Write solve(item, ask) without ask."):
        if tag == "rough7" and not plain:
            raise ContextOverflow("prompt and reply do not fit", where=f"model '{name}'")
        kind = ("alone", "literal", "read", "crash")[(number + plain) % 4]
        return _fenced(kind, None, "easy") if number % 5 else "There is no telling."
    if tag == "rough6" and plain:
        raise ContextOverflow("prompt and reply do not fit", where=f"model '{name}'", got="6000")
    if bad_hour and plain and tag == "sums2":
        return ""
    if bad_hour and plain and tag in ("words7", "yes_no1"):
        return _fenced("literal", "C", "hard")
    kind = RARE_KINDS.get((tag, name)) or CALM_KINDS[name][(number + len(tag)) % 8]
    if kind == "moody":
        return _fenced(kind, None, "easy")
    if kind == "none":
        return "I would rather not write one."
    if kind == "empty":
        return ""
    # A few beliefs for all items, so that items share programs.
    belief = "ABZ"[number % 3] if kind in ("fallback", "belief", "vote", "choose") else None
    # Probing a program that comes to no letter takes longest: one of each kind is enough.
    costly = kind in ("crash", "nothing", "invalid", "talk", "literal")
    return _fenced(kind, belief, "hard" if costly else ("easy", "hard", "awful")[number % 3])


def _fenced(kind: str, belief: str | None, difficulty: str) -> str:
    head = HEAD.format(belief=repr(belief), difficulty=repr(difficulty))
    return f"Here it is.\n```python\n{head}{BODIES[kind]}```\n"


@contextmanager
def _scripted(*, bad_hour: bool) -> Iterator[None]:
    """Let all scripted models say what the script of this study says, and fail where it fails."""
    original: Callable[..., Any] = ScriptedModel.reply

    async def reply(
        self: ScriptedModel,
        messages: Sequence[Message],
        sampling: Sampling,
        *more: Any,
        **named: Any,
    ) -> Any:
        script, name = _solver if self.card.name in SOLVERS else _writer, self.card.name
        told = ScriptedModel(lambda turns, how: script(name, turns, how, bad_hour), self.card)
        return await original(told, messages, sampling, *more, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedModel, "reply", reply)
        yield
