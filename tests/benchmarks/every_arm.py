"""Every arm in one study of 40 items, on scripted models, killed five times on its way.

    python tests/benchmarks/every_arm.py FOLDER

The study is run twice in FOLDER, which must not exist: in `whole` without a break, in `killed` with
SIGKILL whenever another sixth of the calls is on record. Then answers, runs and calls of both are
compared, and both packages are verified without a model. Exits with 1 where anything differs. Some
minutes.
"""

from __future__ import annotations

import argparse
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path

from cgr_nb.bundle import export_package
from cgr_nb.models import card_to_toml
from cgr_nb.records import ModelCard
from cgr_nb.store import Store
from cgr_nb.verify import verify_package

KILLS = 5
PLAIN = """GENERATOR_ANSWER = "B"
DIFFICULTY = "easy"

def solve(item, ask):
    for letter, text in item["options"].items():
        if "yes" in ask("Is it " + text + "?"):
            return letter
    return None
"""
COMPUTES = "def solve(item, ask):\n    a, b = map(int, re.findall('[0-9]+', item['question']))\n"
COMPUTES = (
    "import re\n\n" + COMPUTES + "    found = str(a + b)\n"
    "    return next(k for k, v in item['options'].items() if v == found)\n"
)
WALKED = "total = sum_of(item['question'])\nkind = kind_of(total)\nanswer = total\n"
PSEUDO = "def answer(question, options):\n    print('sum', add_up(question))\n    print('Final')\n"
EMULATED = (
    "def answer(a, b, options):\n    total = plus(a, b)\n"
    '    return {"total": total, "answer": option_of(total, options)}\n\n'
    'answer(a=1, b=2, options=["1", "2"])\n'
)
CELL = "n = item['question'].split()[2]\nprint('seen', n, ask('Is it even?'))"
CHECKS = "print('2' in item['question'])"
TWIN = '[{"question": "What is 6 + 2?", "options": {"A": "7", "B": "8", "C": "9"}, "answer": "B"}]'


def block(code: str) -> str:
    return f"```python\n{code}\n```"


GENERATOR = [
    ("(?s)JSON array of", TWIN),
    ("(?s)variables? |one step a line|One step a line", block(WALKED)),
    ("(?s)Describe the procedure", "1. Read both numbers. 2. Add them up."),
    ("(?s)holds the whole function", block(PSEUDO)),
    ("(?s)function with its call", block(EMULATED)),
    ("(?s)for questions like this one", block(EMULATED.rpartition("\n\n")[0])),
    ("(?s)prints one word|print one word", block(CHECKS)),
    ("(?s)ask must not be called|computes the answer|this working", block(COMPUTES)),
    ("(?s)^seen .*[05] ", "I can't tell yet."),
    ("(?s)^seen", "FINAL: B"),
    # Worked examples and rules stand in turns before these: code_act and code_plan.
    ("(?s)^What is", "Let us look.\n" + block(CELL)),
    ("(?s)Options:|What is", block(PLAIN)),
]
SOLVER = [
    (r"^What is \d+ \+ \d+\?($|\nThe answer is one of)", "none"),
    (r"(?s)state: .*line: total", "{'total': 'none'}"),
    (r"(?s)state: .*What is \d*[37] .*line: kind", "It is even."),
    (r"(?s)state: .*line: kind", "{'kind': 'even'}"),
    ("(?s)Text or code", "code"),
    ("(?s)Go on, switch, return", "return"),
    ("(?s)Which option is right", "The answer is B."),
    ("(?s)Returns a dictionary", '{"total": 4, "answer": "B"}'),
    ("(?s)question:.*options:", "sum 4\nFinal answer: B"),
    ("(?s)Criticise that", "The sum is right.\nholds"),
    ("(?s)Propose", "Both numbers are added."),
    ('(?s)end with one line: "Go on"', "Answer: B"),
    ("(?s)Step: ", "yes"),
    (r"(?s)What is \d*[24680] .*#1", "#3 (by #1 #2) It is added.\n#4 (by #3) It is B.\nAnswer: B"),
    ("(?s)premises", "#1 A number. #2 Another number."),
    ("Is it even", "yes"),
    ("Is it [0-9]*[05]", "yes"),
]


def card(role: str, rules: list[tuple[str, str]], default: str) -> ModelCard:
    return ModelCard(
        name=f"script-{role}",
        roles=(role,),
        backend="scripted",
        family="scripted",
        parameters=None,
        quantisation="none",
        context_tokens=32_768,
        licence="Apache-2.0",
        source="a script",
        sha256=None,
        options={"rules": [list(rule) for rule in rules], "default": default},
    )


def written(folder: Path) -> list[str]:
    """Write items, cards and study; the arms of it."""
    folder.mkdir(parents=True)
    lines = [
        {
            "dataset": f"sums-{number % 2}",
            "question": f"What is {number} + {number % 7}?",
            # The first option does for every question that is scored.
            "options": {"A": "none", "B": str(number + number % 7), "C": str(2 * number + 90)},
            "gold": "B",
        }
        for number in range(46)
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    cards = [
        card("solver", SOLVER, "Answer: A"),
        card("generator", GENERATOR, block(PLAIN)),
    ]
    (folder / "models.toml").write_text("\n".join(map(card_to_toml, cards)), "utf-8")
    arms = sorted(point.name for point in entry_points(group="cgr_nb.arms"))
    more = {
        "adapt": 'kind = "code_act"\nshots = 2\ntries = 2\n',
        "intercode": 'kind = "code_act"\ntext = false\n',
        "steer_both": 'kind = "steer"\nhow = "both"\n',
        "steer_guide": 'kind = "steer"\nhow = "guide"\n',
        "named": 'kind = "chain_of_code"\nnames = true\n',
        "ran": 'kind = "cotacs"\nexecute = true\n',
    }
    names = [*arms, *more]
    tables = "".join(f"[arm.{name}]\n{text}\n" for name, text in more.items())
    (folder / "study.toml").write_text(
        f'name = "every-arm"\narms = {json.dumps(names)}\n\n'
        '[items]\nfiles = ["items.jsonl"]\n\n[support]\nper_dataset = 3\n\n'
        '[models]\nsolvers = ["script-solver"]\ngenerators = ["script-generator"]\n'
        f'registry = "models.toml"\n\n{tables}',
        "utf-8",
    )
    return names


def started(folder: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cgr_nb.cli", "study", "run", str(folder / "study.toml")]
    log = out.with_suffix(".log").open("a", encoding="utf-8")
    return subprocess.Popen([*command, "--out", str(out)], stdout=log, stderr=log, text=True)


def calls(out: Path) -> int:
    """Calls on record so far."""
    file = out / "study.sqlite"
    if not file.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as found:
            return int(found.execute("SELECT count(*) FROM calls").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def held(out: Path) -> dict[str, dict[str, str]]:
    """What a study holds, by id, but for times and places."""
    with Store.open(out) as store:
        return {
            "answers": {one.id: repr(one) for one in store.answers()},
            "calls": {one.id: repr((one.messages, one.reply.text)) for one in store.calls()},
            "setups": {one.id: repr(one) for one in store.setups()},
        }


def main(folder: Path) -> bool:
    names = written(folder)
    whole, killed = folder / "whole", folder / "killed"
    began = time.perf_counter()
    assert started(folder, whole).wait() == 0, (folder / "whole.log").read_text("utf-8")[-2000:]
    count = calls(whole)
    print(f"{len(names)} arms, 40 items: {count:,} calls, {time.perf_counter() - began:.0f} s")
    ends = []
    for number in range(1, KILLS + 1):
        work = started(folder, killed)
        while work.poll() is None and calls(killed) < number * count / (KILLS + 1):
            time.sleep(0.02)
        ends.append(calls(killed))
        work.send_signal(signal.SIGKILL)
        work.wait()
    print("killed with so many calls on record:", *ends)
    assert started(folder, killed).wait() == 0, (folder / "killed.log").read_text("utf-8")[-2000:]
    one, other = held(whole), held(killed)
    same = True
    for name, lines in one.items():
        differ = [
            id for id in lines.keys() | other[name].keys() if lines.get(id) != other[name].get(id)
        ]
        print(f"{name}: {len(lines):,} and {len(other[name]):,}, {len(differ)} differ")
        same &= not differ
    with Store.open(whole) as store:
        answers = list(store.answers())
    for name in sorted({one.arm for one in answers}):
        ours = [one for one in answers if one.arm == name]
        said = Counter(one.status for one in ours)
        print(f"  {name}: {len(ours)} answers:", *(f"{k} {v}" for k, v in said.most_common()))
    for out in (whole, killed):
        found = verify_package(export_package(out, folder / f"{out.name}.zip"))
        print(f"{out.name}: verify {'ok' if found.ok else found.problems[:3]}")
        same &= found.ok
    return same


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="must not exist")
    sys.exit(not main(parser.parse_args().folder))
