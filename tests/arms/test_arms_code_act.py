"""Conversations with an interpreter: what is run, what is shown of it, and how they end."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import ClassVar

import pytest
from talking_study import ITEMS, answers_of, block, talk_on

from cgr_nb import Stepper, Study
from cgr_nb.arms import Expected, NoParameters, Outcome, register_arm
from cgr_nb.arms.requests import request_of
from cgr_nb.arms.roster import arm_class, make_arm
from cgr_nb.bundle import export_package
from cgr_nb.bundle.archive import read_archive, write_archive
from cgr_nb.bundle.archive_reading import described
from cgr_nb.bundle.coding import dump
from cgr_nb.bundle.manifest import Manifest
from cgr_nb.errors import CgrError, ConfigError
from cgr_nb.prompts import render
from cgr_nb.records import ModelCall, Reply
from cgr_nb.sandbox import transcript
from cgr_nb.study.run import open_to_fill
from cgr_nb.testing import check_arm
from cgr_nb.verify import verify_package

OPENING = "Which is even"
ONE = ITEMS[:1]


def said(study, answer, key):
    """The turns that a call was shown."""
    [entry] = [entry for entry in answer.trail if entry.key == key]
    return study.store.call(entry.call).messages


def asked_last(study, answer, key):
    return said(study, answer, key)[-1].content


def of_one(study):
    [answer] = answers_of(study)
    return answer


def test_a_turn_uses_what_an_earlier_one_left_and_sees_what_it_printed_once(tmp_path):
    first = "import random\nkept = random.random()\nprint('drawn', ask('even?'))"
    rules = [
        (OPENING, block(first)),
        ("^drawn yes$", block("print('kept', 0 < kept < 1, random.random() != kept)")),
        ("^kept True True$", "It is the first.\nFINAL: A"),
    ]
    with talk_on(tmp_path, rules, ONE) as study:
        answer = of_one(study)
        cells = [study.store.execution(run.execution) for run in answer.runs]
        roles = [turn.role for turn in said(study, answer, "turn/3")]
    assert (answer.letters, answer.status) == (("A",), "answered")
    assert answer.facts == {
        "turns": 3,
        "reminders": 0,
        "cells": ["finished", "finished"],
        "shots": 0,
    }
    assert roles == ["user", "assistant", "user", "assistant", "user"]
    # Running all cells again at each turn would draw, print and ask twice.
    assert [cell.output for cell in cells] == ["drawn yes\n", "kept True True\n"]
    assert [len(cell.calls) for cell in cells] == [1, 0]
    assert (answer.totals.generator_calls, answer.totals.solver_calls) == (3, 1)


def test_the_next_turn_holds_the_exception_with_its_line(tmp_path):
    rules = [
        (OPENING, block("def half(x):\n    return 1 / x")),
        ("no output", block("print('on')\n\nhalf(0)")),
        ("ZeroDivisionError", block("no no")),
        ("invalid syntax", "FINAL: B"),
    ]
    with talk_on(tmp_path, rules, ONE) as study:
        answer = of_one(study)
        raised, broken = (asked_last(study, answer, f"turn/{n}") for n in (3, 4))
    assert raised == ("on\nZeroDivisionError: division by zero\n(block 1, line 2: return 1 / x)")
    assert broken == "invalid syntax\n(line 1: no no)"
    assert answer.facts["cells"] == ["finished", "exception", "syntax_error"]


def test_what_is_seen_of_a_cell_is_cut_to_2000_characters(tmp_path):
    rules = [(OPENING, block("print('a' * 9_000)\n1 / 0")), ("aaaa", "FINAL: A")]
    with talk_on(tmp_path, rules, ONE) as study:
        answer = of_one(study)
        seen = asked_last(study, answer, "turn/2")
        whole = study.store.execution(answer.runs[0].execution)
    assert 1_900 < len(seen) <= 2_000
    assert seen.endswith("(line 2: 1 / 0)")
    assert len(whole.output) == 9_001


def test_the_last_turn_asks_for_the_letter_and_runs_nothing(tmp_path):
    rules = [("Last turn", f"B it is.\n{block('print(2)')}"), ("", block("print(1)"))]
    with talk_on(tmp_path, rules, ONE, turns=3) as study:
        answer = of_one(study)
        shown = asked_last(study, answer, "turn/3")
    assert (answer.letters, answer.status) == (("B",), "answered")
    assert (len(answer.runs), answer.totals.generator_calls) == (2, 3)
    assert shown == "1\nLast turn. Write FINAL: letter."


@pytest.mark.parametrize(
    ("rules", "turns", "status", "replies"),
    [
        ([("", "Hm.")], 5, "none", 2),
        ([("Write Python, or", block("print(1)")), ("^1$", "FINAL: A"), ("", "Hm.")], 5, "A", 3),
        ([("Write Python, or", "Hm?"), ("Last turn", "FINAL: A"), ("", "Hm.")], 5, "none", 2),
        ([("(?s)Write Python, or.*Last turn", "FINAL: A"), ("", "Hm.")], 2, "A", 2),
        ([("Last turn", "I can not tell."), ("", block("1"))], 3, "none", 3),
        ([("", "FINAL: Z")], 5, "none", 2),
    ],
)
def test_a_reply_without_code_and_answer_is_reminded_once(tmp_path, rules, turns, status, replies):
    with talk_on(tmp_path, rules, ONE, turns=turns) as study:
        answer = of_one(study)
    assert ("".join(answer.letters) or answer.status) == status
    assert answer.totals.generator_calls == replies


def test_what_a_reply_makes_up_behind_its_block_is_not_in_later_prompts(tmp_path):
    made_up = f"{block('print(1)')}\nIt printed 7.\n\nFINAL: C"
    with talk_on(tmp_path, [(OPENING, made_up), ("^1$", "FINAL: A")], ONE) as study:
        answer = of_one(study)
        turns = said(study, answer, "turn/2")
    assert answer.letters == ("A",)
    assert turns[1].content == block("print(1)")


def test_without_text_the_code_alone_stays_in_the_conversation(tmp_path):
    rules = [("^Write Python.*\n.*even", f"I think.\n{block('x = 1')}"), ("no out", "FINAL: A")]
    with talk_on(tmp_path, rules, ONE, text=False) as study:
        turns = said(study, of_one(study), "turn/2")
    assert turns[1].content == "```python\nx = 1\n```"


HOSTILE = {
    "import os; os._exit(1)": "killed",
    "while True: pass": "timeout",
    "x = bytearray(1 << 40)": "memory_limit",
    "while True: print('flood')": "output_limit",
    "import os; os.close(3)\nwhile True: pass": "killed",
    "for n in range(99): ask('?')": "call_limit",
}


def test_a_hostile_cell_ends_its_session_and_no_other_row(tmp_path):
    lines = [{**ITEMS[0], "question": f"Deed {n}?"} for n in range(len(HOSTILE))]
    deeds = [(rf"Deed {n}\?", block(cell)) for n, cell in enumerate(HOSTILE)]
    rules = [("interpreter has stopped.\n.*Last turn", "FINAL: C"), *deeds]
    with talk_on(tmp_path, rules, lines, limits={"wall_s": 0.4, "calls": 5}) as study:
        found = {study.item(a.item_id).question: a for a in answers_of(study)}
        package = export_package(tmp_path, tmp_path / "p.zip")
    ends = [found[f"Deed {n}?"].facts["cells"] for n in range(len(HOSTILE))]
    assert ends == [[status] for status in HOSTILE.values()]
    assert {answer.letters for answer in found.values()} == {("C",)}
    assert verify_package(package, isolation="limits").problems == ()


@pytest.mark.parametrize(("name", "value"), [("generator_answer", "A"), ("difficulty", "hard")])
def test_what_no_cell_tells_is_found_in_a_package_without_a_replay(tmp_path, name, value):
    with talk_on(tmp_path, [(OPENING, block("x = 1")), ("", "FINAL: A")], ONE):
        members = read_archive(export_package(tmp_path, tmp_path / "p.zip"))
    found = verify_package(write_archive(members, tmp_path / "q.zip"), replay=False)
    assert found.problems == ()
    first, *others = members["executions.jsonl"].splitlines(keepends=True)
    run = {**json.loads(first), name: value}
    members["executions.jsonl"] = b"".join([dump(run).encode(), b"\n", *others])
    entry = described("executions.jsonl", [members["executions.jsonl"]])
    manifest = Manifest.from_bytes(members["manifest.json"])
    files = {**manifest.files, "executions.jsonl": entry}
    members["manifest.json"] = replace(manifest, files=files).to_bytes()
    found = verify_package(write_archive(members, tmp_path / "r.zip"), replay=False)
    assert [problem.where for problem in found.problems] == [f"executions.jsonl {run['id']}"]
    assert "a cell of a session tells neither" in found.problems[0].what


def test_the_budget_of_calls_holds_inside_cells(tmp_path):
    rules = [(OPENING, block("for n in range(9): print(ask('?'))")), ("stopped", "FINAL: A")]
    with talk_on(tmp_path, rules, ONE, budget={"solver_calls": 2}) as study:
        answer = of_one(study)
    assert answer.facts["cells"] == ["call_limit"]
    assert (answer.totals.solver_calls, answer.letters) == (2, ("A",))


def test_a_solver_that_writes_needs_no_generator(tmp_path):
    rules = [(OPENING, block("print(ask('even?'))")), ("yes", "FINAL: A")]
    with talk_on(tmp_path, rules, ONE, writer="solver", generator=False) as study:
        answer = of_one(study)
    assert (answer.letters, answer.generator) == (("A",), None)
    assert (answer.totals.solver_calls, answer.totals.generator_calls) == (3, 0)


def test_a_real_solver_answers_the_steps_that_cells_put_to_it(tmp_path):
    text = "A tray holds 6 red and 6 blue cups. 3 of them break. How many are left?"
    item = {
        "dataset": "d",
        "question": text,
        "options": {"A": "12", "B": "9", "C": "3"},
        "gold": "B",
    }
    rules = [
        ("A tray", block("cups = read_number(ask('What is 6 plus 6?'))\nint(cups)")),
        ("^12$", block("print('left', ask(f'What is {int(cups)} minus 3?'))")),
        ("^left 9$", "FINAL: 9"),
    ]
    with talk_on(tmp_path, rules, [item], solver="tiny-solver") as study:
        answer = of_one(study)
        asked = [study.store.execution(run.execution).calls[0] for run in answer.runs]
    assert [(ask.prompt, ask.reply) for ask in asked] == [
        ("What is 6 plus 6?", "12"),
        ("What is 12 minus 3?", "9"),
    ]
    assert (answer.letters, answer.totals.solver_calls) == (("B",), 2)


# ---- earlier conversations -----------------------------------------------------------------------


def right_on(support, *numbers):
    """Rules of a writer that gets these support items right, and other items too."""
    right = {item.question: item.gold[0] for n, item in enumerate(support, 1) if n in numbers}
    return [
        *((rf"Which is {q[9:-1]}\?", block(f"print('so', {a!r})")) for q, a in right.items()),
        *((f"^so {letter}$", f"FINAL: {letter}") for letter in "ABC"),
        ("", "It must be this one.\nFINAL: C"),
    ]


def test_right_conversations_about_support_items_stand_before_the_item_and_no_others(tmp_path):
    def rules(support):
        return right_on(support, 1, 3)

    with talk_on(tmp_path, rules, ITEMS, support=4, shots=2, tries=1) as study:
        [setup] = list(study.store.setups())
        support = {item.id: item for item in study.store.items() if item.use == "support"}
        answers = answers_of(study)
        prompts = [said(study, answer, "turn/1") for answer in answers]
        package = export_package(tmp_path, tmp_path / "p.zip")
    tried = [entry.key.split("/")[1] for entry in setup.trail if entry.key.endswith("turn/1")]
    assert tried == ["1", "2", "3"]
    assert setup.facts["tried"] == 3
    first, third = (support[id].question for id in setup.facts["solved"])
    assert [answer.item_id for answer in answers if answer.item_id in support] == []
    for turns in prompts:
        assert [turn.role for turn in turns] == ["user", "assistant"] * 4 + ["user"]
        assert (first in turns[0].content, third in turns[4].content) == (True, True)
        assert turns[2].content.startswith("so ")
        whole = "\n".join(turn.content for turn in turns[:-1])
        others = [one.question for one in support.values() if one.question not in (first, third)]
        assert not any(question in whole for question in others)
        # That of the second was wrong, whatever it looked like.
        assert "It must be this one" not in whole
    # Its cost is on record: three conversations of two, one and two turns.
    assert [entry.role for entry in setup.trail] == ["generator"] * 5
    assert [run.key for run in setup.runs] == [f"support/{n}/try/1/cell/1" for n in (1, 3)]
    found = verify_package(package, isolation="limits")
    assert found.problems == ()
    # Those of the setup run again too.
    assert found.checked["replayed alike"] == len(setup.runs)


def test_of_several_right_conversations_the_shortest_is_kept(tmp_path):
    def rules(support):
        return right_on(support, 1)

    config, support = talk_on(tmp_path, rules, ITEMS, support=1, shots=1, tries=2, run=False)
    [item] = support
    with open_to_fill(config, tmp_path) as (store, inputs):
        asking = inputs.roster.arms["code_act"]
        card = next(card for card in inputs.generators)
        prompt = render("code_act", item, "tiny", fields={"turns": "5"})
        how = getattr(asking.parameters, "support_decoding")  # noqa: B009 - of an arm that has it
        asked = request_of(asking.settings, "support/1/try/2/turn/1", how, prompt)
        reply = Reply(f"At once.\nFINAL: {item.gold[0]}", "stop", "as shown", 9, 9, 0.0)
        id = asked.call_id(card)
        store.add_call(ModelCall(id, card.name, asked.messages, asked.sampling, reply))
    with Study.run(config, tmp_path, progress=False) as study:
        turns = said(study, answers_of(study)[0], "turn/1")
    assert [turn.content for turn in turns[1:-1]] == [reply.text]


def test_where_no_support_item_was_solved_nothing_stands_before_the_item(tmp_path):
    with talk_on(tmp_path, lambda support: [("", "Hm.")], ITEMS, support=2, shots=2) as study:
        [setup] = list(study.store.setups())
        assert len(said(study, answers_of(study)[0], "turn/1")) == 1
    assert (setup.status, setup.detail) == ("ok", "0 of 2 support items solved")


def test_several_tries_that_would_not_differ_are_refused():
    arm = arm_class("code_act")
    cold = {"shots": 1, "support_decoding": arm.Parameters().decoding}
    with pytest.raises(ConfigError, match="several tries"):
        make_arm(arm, arm.Parameters(**cold), "code_act")
    make_arm(arm, arm.Parameters(**cold, tries=1), "code_act")


class Nested:
    """An arm that waits for a place while it holds one."""

    summary = "a program beside a session"
    version = 1
    roles = ("solver",)
    prompts: ClassVar = {}
    Parameters = NoParameters

    def __init__(self, parameters):
        del parameters

    def expected(self, asks):
        return Expected()

    async def answer(self, ctx):
        async with ctx.interpreter() as python:
            await python.run("x = 1")
            with pytest.raises(ConfigError, match="an interpreter is held"):
                await ctx.branches()
            with pytest.raises(ConfigError, match="an interpreter is held"):
                async with ctx.interpreter("other"):
                    pass
            with pytest.raises(ConfigError, match="an interpreter is held"):
                await ctx.run("def solve(item, ask): return 'A'")
        run = await ctx.run("def solve(item, ask): return 'A'")
        return Outcome.of_run(run)


def test_who_holds_an_interpreter_can_wait_for_nothing_else(tmp_path):
    register_arm("nested", Nested)
    with talk_on(tmp_path, [], ONE, arm="nested") as study:
        [answer] = answers_of(study, "nested")
    assert (answer.status, [run.key for run in answer.runs]) == ("ok", ["cell/1", "program"])


# ---- the record ----------------------------------------------------------------------------------

RULES = [
    (OPENING, block("x = 3\nprint(ask('even?'))")),
    ("^yes$", block("print(x)")),
    ("^3$", "FINAL: A"),
]


def test_its_cells_are_stepped_through_in_the_text_of_the_session(tmp_path):
    with talk_on(tmp_path, RULES, ONE) as study:
        answer = of_one(study)
        stepper = Stepper(study, answer.runs[1].execution)
        cells = ["x = 3\nprint(ask('even?'))", "print(x)"]
        assert stepper.source == transcript(cells)
        stepper.jump("return")
        assert stepper.variables()["x"] == "3"
        assert stepper.run["output"][0] == "3\n"
        assert (stepper.run["status"], stepper.row["arm"]) == ("ended", "code_act")
        first = Stepper(study, answer.runs[0].execution)
        assert [ask["prompt"][0] for ask in first.run["asks"]] == ["even?"]
        with pytest.raises(CgrError, match="cell"):
            stepper.what_if(line=2, text="x = 4")
        calls = stepper.show_reply(stepper.row["id"], "code_act")["calls"]
    assert [call["key"] for call in calls] == ["turn/1", "cell/1/ask/0", "turn/2", "turn/3"]
    shown = "".join(str(turn) for turn in calls[-1]["turns"] or calls[-1]["prompt"])
    assert all(part in shown for part in ("print(ask('even?'))", "yes", "print(x)", "3"))


def test_its_cells_run_again_and_a_changed_observation_is_found(tmp_path):
    with talk_on(tmp_path, RULES, ONE) as study:
        study.store.close()
    found = verify_package(export_package(tmp_path, tmp_path / "p.zip"), isolation="limits")
    assert found.problems == ()
    assert found.checked["replayed"] == found.checked["replayed alike"] == 3
    with closing(sqlite3.connect(tmp_path / "study.sqlite")) as file, file:
        file.execute("UPDATE executions SET output = '4' || char(10) WHERE output LIKE '3_'")
    found = verify_package(export_package(tmp_path, tmp_path / "q.zip"), isolation="limits")
    assert any("output is '4" in str(problem) for problem in found.problems)


def test_code_act_holds_what_every_arm_must(tmp_path):
    script = {
        "generator": [
            ("even|What is", block("n = item['question'].split()[2]\nprint('sum', n, ask('?'))")),
            ("sum [024]", block("import random\nprint('last', n, random.random())\n1 / 0")),
            ("last 0", "FINAL: B"),
            ("sum 3|holds neither", "Hm."),
            ("sum|last", "FINAL: A"),
        ]
    }
    done = check_arm("code_act", script, folder=tmp_path / "check", stops=4)
    assert (len(done.answers), done.stops > 3) == (6, True)
    assert done.statuses == {"answered": 5, "none": 1}
