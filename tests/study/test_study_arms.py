"""Every arm on scripted models, where the right answer of each is known by hand."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap

import pytest
from made_rows import arms_of, rows_of
from scripted_study import STUDY, card

from cgr_nb import Study
from cgr_nb.arms import arm_names, arm_summaries
from cgr_nb.errors import ConfigError, PromptError
from cgr_nb.store import Store
from cgr_nb.study import StudyConfig, plan_study, resolve_inputs

ARMS = ("cot", "foreign_scaffold", "pal", "readout", "self_consistency", "stub_solver")

TWICE = """GENERATOR_ANSWER = "B"
DIFFICULTY = "easy"

def solve(item, ask):
    for letter, text in item["options"].items():
        if ask("is it " + text) == "yes":
            return letter
    return None
"""
"""Asks once or twice; says which item it was written for by nothing at all."""

OWN = """GENERATOR_ANSWER = "B"
DIFFICULTY = "easy"

def solve(item, ask):
    return ask(MARK, choices=list(item["options"]))
"""

ALONE = """GENERATOR_ANSWER = None
DIFFICULTY = "easy"

def solve(item, ask):
    return [letter for letter, text in item["options"].items() if text == "3"][0]
"""

ASKING = """GENERATOR_ANSWER = None
DIFFICULTY = "easy"

def solve(item, ask):
    return read_letter(ask("help"))
"""


def fenced(source):
    return json.dumps(f"```python\n{source}```")


def write_study(folder, solver, generator, arms, items=4, more=""):
    """A study.toml with its items and registry; gold is A, whose text is 3."""
    lines = [
        {"dataset": "sums", "question": f"1 + 2 n{n}", "options": {"A": "3", "B": "4"}, "gold": "A"}
        for n in range(items)
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    (folder / "registry.toml").write_text(
        card("solver", f"rules = [{solver}]") + card("generator", f"rules = [{generator}]")
    )
    path = folder / "study.toml"
    path.write_text(f"arms = {json.dumps(list(arms))}\n{STUDY}{more}")
    return path


def answers(path):
    with Study.run(path, progress=False) as study:
        found = study.arms().drop(columns=["steps", "facts"]).astype(object)
        found = found.where(found.notna(), None)
        return list(found.itertuples(index=False)), {row.id: row for row in rows_of(study.store)}


DIRECT = '["Answer with a letter", "Answer: B"]'
YES_TO_THREE = '["is it 3", "yes"], ["is it 4", "no"]'
PROGRAM = f'["without ask", {fenced(ALONE)}], ["", {fenced(TWICE)}]'


def test_the_arms_are_found_by_entry_point_and_say_what_they_do():
    # Tests of arms may have registered others in this process.
    assert set(ARMS) <= set(arm_names())
    assert all(len(arm_summaries()[name]) > 20 for name in ARMS)


def test_an_unknown_arm_is_refused_before_anything_runs(tmp_path):
    path = write_study(tmp_path, DIRECT, PROGRAM, ["self_consistensy"])
    with pytest.raises(ConfigError, match="did you mean 'self_consistency'"):
        Study.run(path, progress=False)


def test_every_row_gets_one_answer_of_every_arm(tmp_path):
    solver = f'["Think", "3 it is. Answer: A"], {DIRECT}, {YES_TO_THREE}'
    found, rows = answers(write_study(tmp_path, solver, PROGRAM, ARMS))
    assert sorted((a.row_id, a.arm) for a in found) == sorted((id, a) for id in rows for a in ARMS)


def test_chain_of_thought_is_one_call_and_its_letter_is_read(tmp_path):
    solver = f'["Think", "3 it is. Answer: A"], {DIRECT}, {YES_TO_THREE}'
    found, _ = answers(write_study(tmp_path, solver, PROGRAM, ["cot"]))
    assert {(a.letter, a.status, a.calls) for a in found} == {("A", "answered", 1)}
    assert all(a.prompt_tokens > 0 and a.reply_tokens > 0 for a in found)


def test_self_consistency_gets_as_many_samples_as_the_scaffold_made_calls(tmp_path):
    yes_to_four = '["is it 3", "no"], ["is it 4", "yes"]'
    path = write_study(tmp_path, f"{DIRECT}, {yes_to_four}", PROGRAM, ["self_consistency"])
    found, rows = answers(path)
    assert {row.asks for row in rows.values()} == {2}
    assert {(a.letter, a.calls, a.detail) for a in found} == {("B", 2, "2 of 2 votes")}
    with Store.open(tmp_path) as store:
        seeds = {store.call(id).sampling.seed for a in found for id in a.call_ids}
        warmth = {store.call(id).sampling.temperature for a in found for id in a.call_ids}
    assert (len(seeds), warmth) == (8, {0.7})


def test_self_consistency_makes_one_call_where_the_scaffold_made_none(tmp_path):
    found, _ = answers(write_study(tmp_path, DIRECT, '["", "no program"]', ["self_consistency"]))
    assert {a.calls for a in found} == {1}


def test_a_foreign_scaffold_is_another_items_and_each_is_used_once(tmp_path):
    marked = ", ".join(
        f'["n{n}$|n{n}\\\\n", {fenced(OWN.replace("MARK", repr(f"mark {n}")))}]' for n in range(4)
    )
    path = write_study(tmp_path, f'{DIRECT}, ["mark", "A"]', marked, ["foreign_scaffold"])
    found, rows = answers(path)
    used = {a.program_id for a in found}
    assert len(used) == 4
    assert all(a.program_id != rows[a.row_id].program_id for a in found)
    assert {(a.letter, a.status, a.calls, a.generator_calls) for a in found} == {("A", "ok", 1, 1)}


def test_a_foreign_scaffold_needs_a_second_item(tmp_path):
    path = write_study(
        tmp_path, f"{DIRECT}, {YES_TO_THREE}", PROGRAM, ["foreign_scaffold"], items=1
    )
    (only,), _ = answers(path)
    assert (only.letter, only.status, only.detail) == (
        None,
        "error",
        "the dataset has no other item",
    )


def test_the_stub_never_calls_the_solver_and_answers_within_the_choices(tmp_path):
    chooser = OWN.replace("MARK", '"which"')
    path = write_study(
        tmp_path, f'{DIRECT}, ["which", "A"]', f'["", {fenced(chooser)}]', ["stub_solver"], items=24
    )
    found, _ = answers(path)
    assert {(a.calls, a.prompt_tokens, a.status) for a in found} == {(0, 0, "ok")}
    with Store.open(tmp_path) as store:
        replies = {store.execution(a.execution_id).calls[0].reply for a in found}
    assert replies <= {"A", "B"}


def test_the_stub_differs_between_programs(tmp_path):
    marked = ", ".join(
        f'["n{n}$|n{n}\\\\n", {fenced(OWN.replace("MARK", repr(f"mark {n}")))}]' for n in range(12)
    )
    path = write_study(tmp_path, f'{DIRECT}, ["mark", "A"]', marked, ["stub_solver"], items=12)
    found, _ = answers(path)
    assert {a.letter for a in found} == {"A", "B"}


def test_a_program_aided_answer_is_computed_without_the_solver(tmp_path):
    found, rows = answers(write_study(tmp_path, f"{DIRECT}, {YES_TO_THREE}", PROGRAM, ["pal"]))
    assert {(a.letter, a.status, a.calls, a.generator_calls) for a in found} == {("A", "ok", 0, 1)}
    assert all(a.generator_tokens > 0 for a in found)
    assert all(a.program_id != rows[a.row_id].program_id for a in found)


def test_a_program_aided_answer_that_asks_gets_no_reply(tmp_path):
    generator = f'["without ask", {fenced(ASKING)}], ["", {fenced(TWICE)}]'
    found, _ = answers(write_study(tmp_path, f"{DIRECT}, {YES_TO_THREE}", generator, ["pal"]))
    assert {(a.letter, a.status) for a in found} == {(None, "exception")}


def test_the_read_out_leaves_a_letter_that_was_read(tmp_path):
    found, rows = answers(write_study(tmp_path, f"{DIRECT}, {YES_TO_THREE}", PROGRAM, ["readout"]))
    assert {(a.letter, a.calls) for a in found} == {("B", 1)}
    assert all(a.call_ids == rows[a.row_id].direct_call_ids for a in found)


def test_the_read_out_makes_the_solver_choose_where_none_was_read(tmp_path):
    solver = f'["Answer with a letter", "hard to say"], ["Only", "Answer: A"], {YES_TO_THREE}'
    path = write_study(tmp_path, solver, PROGRAM, ["readout"])
    path.write_text("reask = 0\n" + path.read_text())
    found, rows = answers(path)
    assert {row.direct_letter for row in rows.values()} == {None}
    assert {(a.letter, a.status, a.calls) for a in found} == {("A", "answered", 2)}
    with Store.open(tmp_path) as store:
        last = store.call(found[0].call_ids[-1])
    assert last.sampling.choices == ("Answer: A", "Answer: B")
    assert [turn.content for turn in last.messages][1:] == ["hard to say", "Only the letter."]


def test_arms_added_later_leave_the_rows_alone_and_make_only_what_is_missing(tmp_path):
    solver = f'["Think", "Answer: A"], {DIRECT}, {YES_TO_THREE}'
    path = write_study(tmp_path, solver, PROGRAM, ["pal"])
    first, rows = answers(path)
    path.write_text(path.read_text().replace('["pal"]', '["pal", "cot"]'))
    both, same = answers(path)
    assert same == rows
    assert [a for a in both if a.arm == "pal"] == first
    assert len(both) == 2 * len(first)


def test_answers_of_an_arm_that_was_taken_out_are_out_of_the_study(tmp_path):
    solver = f'["Think", "Answer: A"], {DIRECT}, {YES_TO_THREE}'
    path = write_study(tmp_path, solver, PROGRAM, ["pal", "cot"])
    answers(path)
    path.write_text(path.read_text().replace('["pal", "cot"]', '["cot"]'))
    found, _ = answers(path)
    assert {a.arm for a in found} == {"cot"}


def test_another_setting_of_an_arm_makes_new_answers_of_that_arm_only(tmp_path):
    solver = f'["Think", "3 it is. Answer: A"], {DIRECT}, {YES_TO_THREE}'
    before, _ = answers(write_study(tmp_path, solver, PROGRAM, ["pal", "cot"]))
    after, _ = answers(
        write_study(
            tmp_path, solver, PROGRAM, ["pal", "cot"], more="[arm.cot.decoding]\nmax_tokens = 9\n"
        )
    )
    changed = {a.arm for a in set(after) - set(before)}
    assert (changed, len(after)) == ({"cot"}, len(before))


def test_a_run_that_was_stopped_between_arms_goes_on_and_ends_alike(tmp_path):
    solver = f'["Think", "Answer: A"], {DIRECT}, {YES_TO_THREE}'
    path = write_study(tmp_path, solver, PROGRAM, ARMS)

    def stop(progress):
        if progress.done == 2:
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        Study.run(path, tmp_path / "stopped", progress=False, on_progress=stop)
    with Study.run(path, tmp_path / "stopped", progress=False) as study:
        stopped = arms_of(study.store)
    with Study.run(path, tmp_path / "whole", progress=False) as study:
        assert arms_of(study.store) == stopped


def test_a_plan_counts_the_calls_of_arms(tmp_path):
    solver = f'["Think", "Answer: A"], {DIRECT}, {YES_TO_THREE}'
    path = write_study(tmp_path, solver, PROGRAM, ARMS)
    loads = {
        (load.model, load.purpose): load.calls for load in plan_study(StudyConfig.load(path)).loads
    }
    assert loads["script-solver", "cot"] == 4
    assert loads["script-solver", "self_consistency"] == 4 * 4
    assert loads["script-solver", "foreign_scaffold"] == 4 * 4
    assert loads["script-generator", "pal"] == 4


def test_own_prompts_come_before_the_bundled_ones_and_make_new_rows(tmp_path):
    path = write_study(tmp_path, f'["Mine", "Answer: A"], {DIRECT}, {YES_TO_THREE}', PROGRAM, [])
    _, before = answers(path)
    (tmp_path / "mine" / "tiny").mkdir(parents=True)
    (tmp_path / "mine" / "tiny" / "direct@2.txt").write_text("Mine: {question}\n{options}\n")
    path.write_text('prompts = "mine"\n' + path.read_text())
    _, after = answers(path)
    assert {row.direct_letter for row in before.values()} == {"B"}
    assert {row.direct_letter for row in after.values()} == {"A"}
    assert not set(before) & set(after)


def test_a_template_of_an_unknown_name_is_refused_before_anything_is_asked(tmp_path):
    path = write_study(tmp_path, f"{DIRECT}, {YES_TO_THREE}", PROGRAM, [], items=1)
    (tmp_path / "mine" / "tiny").mkdir(parents=True)
    (tmp_path / "mine" / "tiny" / "dirct@2.txt").write_text("Mine: {question}\n{options}\n")
    path.write_text('prompts = "mine"\n' + path.read_text())
    with pytest.raises(PromptError, match=r"nothing uses a template 'dirct'.*mean 'direct'"):
        resolve_inputs(StudyConfig.load(path))


def test_replies_are_told_as_they_come(tmp_path):
    path = write_study(tmp_path, f"{DIRECT}, {YES_TO_THREE}", PROGRAM, [], items=1)
    heard = []
    Study.run(
        path, progress=False, on_text=lambda model, request, text: heard.append((model, text))
    ).close()
    assert (
        "".join(text for model, text in heard if model == "script-solver").count("Answer: B") == 1
    )
    assert {model for model, _ in heard} == {"script-solver", "script-generator"}


@pytest.mark.parametrize("kept", [2, 5, 8])
def test_a_process_killed_between_two_arms_of_one_unit_loses_no_answer(tmp_path, kept):
    solver = f'["Think", "Answer: A"], {DIRECT}, {YES_TO_THREE}'
    path = write_study(tmp_path, solver, PROGRAM, ARMS)
    path.write_text(path.read_text() + "concurrency = 1\n")
    script = textwrap.dedent(
        f"""
        import os, signal
        from cgr_nb import Study
        from cgr_nb.store import Store

        add = Store.add_answer

        def kill(self, answer):
            add(self, answer)
            if len(self.answer_ids()) == {kept}:
                os.kill(os.getpid(), signal.SIGKILL)

        Store.add_answer = kill
        Study.run({str(path)!r}, {str(tmp_path / "killed")!r}, progress=False)
        """
    )
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    with Store.open(tmp_path / "killed") as store:
        before = list(store.answers())
    # One unit has nine answers: this is in the middle of the first.
    assert len(before) == kept
    assert len({answer.item_id for answer in before}) == 1
    Study.run(path, tmp_path / "killed", progress=False).close()
    Study.run(path, tmp_path / "whole", progress=False).close()
    with Store.open(tmp_path / "killed") as killed, Store.open(tmp_path / "whole") as whole:
        after = list(killed.answers())
        assert after == list(whole.answers())
    assert all(answer in after for answer in before)
