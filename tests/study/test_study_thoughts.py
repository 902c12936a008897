"""A study of models that think: thoughts apart, answers behind them, incomplete ones told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scripted_study import STUDY, card

from cgr_nb import Study
from cgr_nb.errors import ConfigError

PROGRAM = """GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    return "B" if ask("is it B?") == "yes" else "A"
"""
DRAFT = PROGRAM.replace('"B" if', '"A" if')


def fenced(program: str) -> str:
    return f"```python\n{program}```\n"


def write_study(folder: Path, rules: list[tuple[str, str]], program: str, arms: str = "") -> Path:
    items = [
        {"dataset": "sums", "question": f"item {n}", "options": {"A": "3", "B": "4"}, "gold": "B"}
        for n in range(2)
    ]
    lines = "".join(json.dumps(item) + "\n" for item in items)
    (folder / "items.jsonl").write_text(lines, "utf-8")
    solver = f"rules = {json.dumps([list(pair) for pair in rules])}"
    generator = f"rules = {json.dumps([['', program]])}"
    (folder / "registry.toml").write_text(card("solver", solver) + card("generator", generator))
    path = folder / "study.toml"
    path.write_text(arms + STUDY, "utf-8")
    return path


ASKED = ("is it B", "<think>A yes or a no? </think>yes")


def test_answers_are_read_behind_thoughts_which_are_on_record_apart(tmp_path):
    direct = "<think>At first sight the answer is A. </think>The answer is B."
    writes = f"<think>A draft: {fenced(DRAFT)}</think>{fenced(PROGRAM)}"
    path = write_study(tmp_path, [ASKED, ("Answer", direct)], writes)
    with Study.run(path, progress=False) as study:
        rows, calls = study.rows(), study.calls()
        program = study.programs().source.iloc[0]
    assert rows.direct_letter.tolist() == ["B", "B"]
    assert rows.assisted_letter.tolist() == ["B", "B"]
    assert program == PROGRAM
    replies = dict(zip(calls.reply, calls.thoughts, strict=True))
    assert replies["The answer is B."] == "<think>At first sight the answer is A. </think>"
    assert replies["yes"] == "<think>A yes or a no? </think>"
    assert calls.thoughts.str.startswith("<think>").all()


def test_a_reply_that_is_cut_in_its_thought_gives_no_letter_and_is_called_incomplete(tmp_path):
    cut = "<think>I am quite sure. Final answer: A"
    path = write_study(tmp_path, [ASKED, ("", cut)], fenced(PROGRAM), 'arms = ["cot"]\n')
    with Study.run(path, progress=False) as study:
        rows, answers = study.rows(), list(study.store.answers())
        page = study.report().read_text("utf-8")
    assert rows.direct_letter.isna().all()
    assert rows.direct_status.eq("none").all()
    assert rows.direct_rule.eq("cut_thought").all()
    found = {(one.letters, one.status, one.detail) for one in answers if one.arm == "cot"}
    assert found == {((), "none", "incomplete: the reply was cut while it thought")}
    assert "incomplete: truncated during reasoning" in page


@pytest.mark.parametrize(
    "writes", [f"<think>{fenced(PROGRAM)}", f"<think>{fenced(PROGRAM)}</think>"]
)
def test_a_program_in_a_thought_is_no_program(tmp_path, writes):
    path = write_study(tmp_path, [("", "B")], writes)
    with Study.run(path, progress=False) as study:
        assert study.rows().assisted_status.tolist() == ["no_program"] * 2


def test_a_budget_for_thoughts_needs_its_room_in_the_window(tmp_path):
    path = write_study(tmp_path, [("", "B")], fenced(PROGRAM))
    table = card("solver", 'base_url = "http://127.0.0.1:1/v1", think_tokens = 4090')
    registry = tmp_path / "registry.toml"
    script = card("generator", f"rules = {json.dumps([['', fenced(PROGRAM)]])}")
    registry.write_text(table.replace('"scripted"\nfam', '"openai"\nfam') + script, "utf-8")
    with pytest.raises(ConfigError, match=r"no prompt fits.*got 4\d{3} of 4096"):
        Study.run(path, progress=False)
