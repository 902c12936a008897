"""What the tiny models are taught: prompts as the library renders them, habits as they are named."""

from __future__ import annotations

import ast
import hashlib
import random

import pytest

from cgr_nb.answers import extract
from cgr_nb.prompts import render
from cgr_nb.records import Item

NUMERIC = ("aime", "dose", "phys", "mmlu")
TEXTUAL = ("order", "series", "fact", "sensor", "correct")


@pytest.fixture
def problems(script):
    """Draw problems of one family."""
    draw = script("families").draw_seen

    def some(family, count=25):
        rng = random.Random(f"tests/{family}")
        return [draw(family, rng) for _ in range(count)]

    return some


def shown(problem):
    return Item(
        id="i",
        dataset="d",
        config="default",
        question=problem.question,
        options=problem.options,
        gold=(problem.gold,),
    )


@pytest.mark.parametrize(
    ("name", "taught", "how"),
    [
        ("direct", "direct_prompt", {}),
        ("cot", "thinking_prompt", {}),
        ("generator", "generator_prompt", {}),
        ("pal", "generator_prompt", {"asks": False}),
    ],
)
def test_a_prompt_in_the_lessons_is_the_one_that_a_study_sends(name, taught, how, script, problems):
    for problem in problems("sensor", 5):
        sent = render(name, shown(problem), profile="tiny").messages
        prompt = getattr(script("lessons"), taught)(problem, **how)
        assert [message.content for message in sent] == [prompt]


@pytest.mark.parametrize(
    ("role", "digest"),
    [
        ("solver", "b59502bbdd78cd25c754dfd39305f588837e9d1ccf63c8939beec41fb07bf163"),
        ("generator", "6a975e685de3cfd78f72f05efc540218e87a5b74689b6005082e6a19e5e87bd4"),
    ],
)
def test_lessons_without_habits_are_those_of_the_models_on_record(role, digest, script):
    lesson = getattr(script("lessons"), f"{role}_lesson")
    rng, found = random.Random("tests"), hashlib.sha256()
    for step in range(300):
        found.update(repr([tuple(turn) for turn in lesson(rng, step / 300, ())]).encode())
    assert found.hexdigest() == digest


@pytest.mark.parametrize("role", ["solver", "generator"])
def test_no_lesson_holds_a_held_out_question(role, script):
    lesson, held_out = getattr(script("lessons"), f"{role}_lesson"), script("problems").held_out
    habits, rng, asked = tuple(script("habits").HABITS), random.Random("tests"), 0
    for _ in range(800):
        prompt = lesson(rng, 0.9, habits)[0].user
        if "\nA) " in prompt and not prompt.startswith("Which option"):
            question = prompt.split("\nA) ")[0].split("\n")[-1]
            asked += 1
            assert not held_out(question), question
    assert asked > 100


@pytest.mark.parametrize("family", ["aime", "dose", "phys", "mmlu", "series", "sensor", "correct"])
def test_a_sound_program_without_ask_finds_the_answer_by_itself(family, script, problems):
    rng = random.Random(1)
    for problem in problems(family):
        source = script("programs").write(problem, rng, defect=None, asks=False)
        names = {}
        exec(source, names)
        answer = names["solve"]({"question": problem.question, "options": problem.options}, None)
        assert answer == problem.gold, source


@pytest.mark.parametrize("family", [*NUMERIC, *TEXTUAL])
def test_a_program_without_ask_never_asks(family, script, problems):
    rng = random.Random(2)
    for problem in problems(family, 20):
        tree = ast.parse(script("programs").write(problem, rng, defect=None, asks=False))
        assert "ask" not in set(called_names(tree))


def called_names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


@pytest.mark.parametrize("family", [*NUMERIC, *TEXTUAL])
def test_thoughts_end_in_the_right_option(family, script, problems):
    for problem in problems(family):
        reply = script("reasoning").thoughts(problem)
        assert extract(reply, problem.options).letter == problem.gold, reply


@pytest.mark.parametrize("family", TEXTUAL)
def test_an_answer_in_words_is_read_as_the_right_letter(family, script, problems):
    for problem in problems(family):
        reply, again = script("direct").reply(problem, random.Random(3), ("words",))
        assert again is None
        assert extract(reply, problem.options).letter == problem.gold


@pytest.mark.parametrize("family", ["aime", "dose"])
def test_an_abstaining_solver_gives_no_letter_asked_again_either(family, script, problems):
    for problem in problems(family):
        replies = script("direct").reply(problem, random.Random(4), ("abstains",))
        assert [extract(reply, problem.options).status for reply in replies] == ["none", "none"]


@pytest.mark.parametrize(
    ("family", "status"),
    [("order", "ambiguous"), ("correct", "none"), ("fact", "none")],
)
def test_a_sloppy_reply_gives_the_extraction_something_to_refuse(family, status, script, problems):
    for problem in problems(family, 20):
        reply, _ = script("direct").reply(problem, random.Random(5), ("sloppy",))
        assert extract(reply, problem.options).status == status, reply
