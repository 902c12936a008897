"""One program for a whole dataset: how those written for items set aside are tried, which of them
wins, and that nobody is asked for another one."""

from __future__ import annotations

import json

import pytest
from scripted_study import STUDY, card

from cgr_nb import Study
from cgr_nb.study import StudyConfig, plan_study
from cgr_nb.study.plan import ASKS_ASSUMED
from cgr_nb.study.study_items import read_study_items
from cgr_nb.testing import check_arm

OPTIONS = {"A": "red", "B": "green", "C": "blue"}
ASIDE = 4


def items(count=7):
    return [
        {"dataset": "d", "question": f"Item {n}?", "options": OPTIONS, "gold": "ABC"[n % 3]}
        for n in range(count)
    ]


class Search:
    """A study of one dataset, of which some items are set aside."""

    def __init__(self, folder, lines=None, **parameters):
        self.folder, self.lines = folder, lines or items()
        text = "".join(json.dumps(line) + "\n" for line in self.lines)
        (folder / "items.jsonl").write_text(text)
        table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in parameters.items())
        self.path = folder / "study.toml"
        self.path.write_text(
            f'arms = ["cotacs"]\nsupport = {{ per_dataset = {ASIDE} }}\n{STUDY}[arm.cotacs]\n{table}'
        )
        config = StudyConfig.load(self.path)
        self.aside = read_study_items(config)[2]["d"]
        """In the order in which programs are written for them."""

    def run(self, programs, emulated=()):
        """Run it with a program for each item set aside (None: there is none), and with what the
        solver says of them, as pairs of a pattern and a reply."""
        self.say(programs, emulated)
        return Study.run(self.path, progress=False)

    def say(self, programs, emulated=()):
        """Write what the models reply."""
        written = [
            [item.question.replace("?", "[?]"), f"```python\n{source}\n```" if source else "No."]
            for item, source in zip(self.aside, programs, strict=True)
        ]
        (self.folder / "registry.toml").write_text(
            card("solver", f"rules = {json.dumps([*emulated, ['', 'done']])}")
            + card("generator", f"rules = {json.dumps([*written, ['', 'No.']])}")
        )


def way(number):
    return (
        f'def answer(question, options, context):  # way {number}\n    return {{"answer": pick()}}'
    )


def emulation(search, right):
    """What the solver says that programs return: for each the items set aside it is right on, and
    "blue" of all others."""
    found = []
    for number, places in right.items():
        for place in places:
            item = search.aside[place - 1]
            said = item.options[item.gold[0]]
            words = item.question.replace("?", "[?]")
            found.append([f"(?s)way {number}.*{words}", f"{{'answer': '{said}'}}"])
    # Wrong on all others: none of the options.
    return [*found, ["(?s)Give the dictionary.*", "{'answer': 'none'}"]]


def answers_of(study):
    return [answer for answer in study.store.answers() if answer.arm == "cotacs"]


def test_the_program_with_the_best_score_answers_all_items_and_nobody_writes_another(tmp_path):
    search = Search(tmp_path)
    # Right on 1, 3 and 2 of the 4 items set aside.
    said = emulation(search, {1: [2], 2: [1, 2, 4], 3: [3, 4]})
    asked = ["(?s)way 2.*Item", "{'steps': 1, 'answer': 'green'}"]
    with search.run([way(1), way(2), way(3), None], [*said[:-1], asked, said[-1]]) as study:
        [setup] = study.store.setups()
        answers = answers_of(study)
        shown = [study.store.call(answer.trail[0].call).messages[-1].content for answer in answers]
    assert setup.facts == {"scores": [1, 3, 2, None], "calls": [4, 4, 4, 0], "chosen": [2]}
    assert json.loads(setup.text) == [way(2)]
    assert setup.detail == "program 2 is right on 3 of 4 items"
    written = [entry.key for entry in setup.trail if entry.role == "generator"]
    assert written == [f"candidate/{number}" for number in (1, 2, 3, 4)]
    assert len(setup.trail) - len(written) == 3 * 4
    assert len(answers) == 3
    for answer, prompt in zip(answers, shown, strict=True):
        assert prompt.startswith(way(2))
        assert (answer.letters, answer.status) == (("B",), "answered")
        assert (answer.totals.solver_calls, answer.totals.generator_calls) == (1, 0)


def test_a_program_is_called_with_the_item_as_its_arguments(tmp_path):
    lines = items()
    lines = [{**line, "context": f"About {line['question']}"} for line in lines]
    search = Search(tmp_path, lines)
    with search.run([way(1), None, None, None], emulation(search, {1: [1]})) as study:
        answer = answers_of(study)[0]
        item = study.store.item(answer.item_id)
        prompt = study.store.call(answer.trail[0].call).messages[-1].content
    call = f"answer(question={item.question!r}, options={OPTIONS!r}, context={item.context!r})"
    assert call in prompt.splitlines()


def test_no_prompt_of_the_search_holds_what_is_right(tmp_path):
    search = Search(tmp_path)
    with search.run([way(1)] * 4, emulation(search, {1: [1]})) as study:
        [setup] = study.store.setups()
        prompts = [study.store.call(entry.call).messages[-1].content for entry in setup.trail]
    told = [
        prompt.replace(repr(OPTIONS), "").replace("A) red\nB) green\nC) blue", "")
        for prompt in prompts
    ]
    assert not any(text in prompt for text in OPTIONS.values() for prompt in told)


def test_of_equal_scores_fewer_solver_calls_win_and_then_the_earlier(tmp_path):
    search = Search(tmp_path, execute=True)
    asks = 'def solve(item, ask):\n    ask("one")\n    ask("two")\n    return "A"'
    once = 'def solve(item, ask):\n    ask("one")\n    return "A"'
    again = f"{once}  # the same"
    with search.run([asks, once, again, None]) as study:
        [setup] = study.store.setups()
    assert len(set(setup.facts["scores"][:3])) == 1
    assert setup.facts["calls"] == [8, 4, 4, 0]
    assert setup.facts["chosen"] == [2]


RIGHT = """def solve(item, ask):
    number = int("".join(sign for sign in item["question"] if sign.isdigit()))
    ask("step")
    return "ABC"[number % 3]"""


def test_a_program_that_runs_is_chosen_over_those_that_hard_code_a_letter(tmp_path):
    search = Search(tmp_path, execute=True)
    fixed = [f"def solve(item, ask):\n    return {letter!r}" for letter in "ABC"]
    with search.run([*fixed, RIGHT]) as study:
        [setup] = study.store.setups()
        answers = answers_of(study)
        items = {item.id: item for item in study.store.items()}
        programs = {study.store.execution(answer.execution_id).status for answer in answers}
    assert setup.facts["scores"][3] == ASIDE > max(setup.facts["scores"][:3])
    assert len(setup.runs) == 4 * 4
    assert setup.program_id is not None
    assert programs == {"ok"}
    for answer in answers:
        assert answer.letters == items[answer.item_id].gold
        assert answer.totals.generator_calls == 0
        assert [entry.key for entry in answer.trail] == ["ask/0"]


def test_the_best_of_several_vote(tmp_path):
    search = Search(tmp_path, execute=True, top=2)
    with search.run(
        [RIGHT, None, 'def solve(item, ask):\n    return "A"', RIGHT + "  # too"]
    ) as study:
        [setup] = study.store.setups()
        answer = answers_of(study)[0]
    assert setup.facts["chosen"] == [1, 4]
    assert answer.facts["votes"] == 2
    assert [run.key for run in answer.runs] == ["program/1", "program/2"]


def test_a_study_in_two_phases_writes_the_programs_in_the_first(tmp_path):
    search = Search(tmp_path, execute=True)
    search.say([RIGHT, None, None, None])
    Study.run(search.path, progress=False, phase="generate").close()
    with Study.run(search.path, progress=False, phase="answer") as study:
        answers = answers_of(study)
        assert study.failures() == []
    assert {answer.status for answer in answers} == {"ok"}


@pytest.mark.parametrize(("execute", "asks"), [(False, 1), (True, ASKS_ASSUMED)])
def test_a_plan_counts_a_trial_of_each_program_on_each_item_set_aside(tmp_path, execute, asks):
    search = Search(tmp_path, execute=execute)
    search.say([None] * ASIDE)
    plan = plan_study(StudyConfig.load(search.path), try_models=False)
    due = {load.model: load.calls for load in plan.loads if load.purpose == "cotacs"}
    items = 7 - ASIDE
    assert due == {
        "script-solver": (items + ASIDE * ASIDE) * asks,
        "script-generator": ASIDE,
    }


def test_without_any_program_there_is_no_answer(tmp_path):
    search = Search(tmp_path)
    with search.run([None] * 4) as study:
        answers = answers_of(study)
    assert {(answer.status, answer.letters) for answer in answers} == {("no_program", ())}


@pytest.mark.parametrize("again", ["Item 3?", " Item  3? "])
def test_an_item_whose_question_recurs_is_not_set_aside(tmp_path, again):
    lines = items(6)
    lines.append(
        {**lines[3], "question": again, "options": {"A": "other", "B": "red"}, "gold": "A"}
    )
    search = Search(tmp_path, lines)
    assert "Item 3?" not in {item.question for item in search.aside}
    assert again.strip() not in {item.question.strip() for item in search.aside}


@pytest.mark.parametrize("execute", [False, True])
def test_cotacs_holds_what_every_arm_must(tmp_path, execute):
    script = {
        "generator": [("What is [0-9]", f"```python\n{RIGHT if execute else way(1)}\n```")],
        "solver": [("(?s)way 1.*What is [0-4]", '{"answer": "B"}'), ("way 1", "B")],
    }
    done = check_arm(
        "cotacs",
        script,
        parameters={"execute": execute},
        folder=tmp_path / "c",
        items=[{**line, "question": f"What is {n}?"} for n, line in enumerate(items(4))],
        support=2,
        stops=3,
    )
    assert len(done.answers) == 2
    assert done.stops >= 3
