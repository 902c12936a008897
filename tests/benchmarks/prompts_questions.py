"""Short questions as programs put them to a solver: template `ask`, or the words alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.prompts_cells import Cell

from cgr_nb.answers import read_number
from cgr_nb.models import Model
from cgr_nb.prompts import load_template
from cgr_nb.records import Message, Reply, Sampling

MAX_TOKENS = 64

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
    model: Model, cell: Cell, folder: Path | None = None, show: int = 0
) -> dict[str, Any]:
    """Put the short questions as programs do: kind -> the numbers of one table row."""
    template = (
        None
        if cell.version is None
        else load_template("ask", cell.profile, cell.version, folder, ["prompt"])
    )
    sampling = Sampling(max_tokens=MAX_TOKENS, temperature=0.0)
    found: dict[str, Any] = {}
    for kind, questions in QUESTIONS.items():
        chosen = [
            one
            for place, one in enumerate(questions)
            if (place // 2 % 2 == 0) == (cell.half == "tuned")
        ][: cell.count]
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
