"""The behavioural audit on programs whose dependence is known from reading them."""

from __future__ import annotations

import asyncio

import pytest

from cgr_nb.audit.probes.dependence import depends_on_solver, probe_program
from cgr_nb.errors import IsolationError
from cgr_nb.records import Ask, Item
from cgr_nb.sandbox import Sandbox

ITEM = Item(
    id="i",
    dataset="d",
    config="default",
    question="What is 9 times 3, plus 29?",
    options={"A": "54", "B": "56", "C": "60", "D": "58"},
    gold=("B",),
)
TWO_OPTIONS = Item("i", "d", "default", "Which way?", {"A": "up", "B": "down"}, ("A",))

DEPENDENT = {
    "a letter out of the reply": "return ask(item['question']).strip()[-1]",
    "one of the choices": "return ask('Which?', choices=list(item['options']))",
    "a chain with a fall-back": """
    first = int(ask("What is 9 times 3?"))
    total = int(ask(f"What is 29 plus {first}?"))
    hits = [k for k, text in item["options"].items() if text == str(total)]
    return hits[0] if hits else "A"
""",
    "each option in turn": """
    for letter, text in item["options"].items():
        if ask(f"Is {text} right?") == "yes":
            return letter
    return "A"
""",
}
INDEPENDENT = {
    "a literal": ("ask(item['question']); return 'C'", "letter"),
    "a password": ("return 'C' if ask('?') == 'open sesame' else 'B'", "letter"),
    "a literal after a number": ("int(ask('How many?')); return 'B'", "letter"),
    "a literal text": (
        "ask('?'); return [k for k, t in item['options'].items() if t == '56'][0]",
        "text",
    ),
    "its own reading": (
        "n = int(item['question'].split()[2]);"
        " return [k for k, t in item['options'].items() if int(t) == 6 * n][0]",
        "text",
    ),
    "its own sum": ("return max(item['options'], key=lambda k: int(item['options'][k]))", "text"),
}
PARTLY = {
    "a veto": "return 'A' if ask('Is it C?').startswith('no') else 'C'",
    "silence": "return 'C' if ask('?') else 'A'",
}
FAR = Item(
    "i", "d", "default", "How many?", {"A": "1025", "B": "1027", "C": "1031", "D": "1029"}, None
)
NEAREST = """
    total = int(ask("How many more?")) + 1000
    return min(item["options"], key=lambda k: abs(int(item["options"][k]) - total))
"""
BELIEVES = {
    "the belief": ("ask('?'); return GENERATOR_ANSWER", "independent"),
    "the belief as fall-back": (
        "said = ask('?'); return said if said in item['options'] else GENERATOR_ANSWER",
        "dependent",
    ),
    "the belief through globals": ("return globals()['GENERATOR' + '_ANSWER']", "independent"),
    "the belief in the prompt": ("return ask(f'Say {GENERATOR_ANSWER}')[-1]", "dependent"),
}
BELIEVES_NOT = {
    "a belief that is printed": ("print(GENERATOR_ANSWER); return ask('?')", "dependent"),
    "a belief that nobody reads": ("return 'B'", "independent"),
    "a belief written again": ("return 'B'  # as in GENERATOR_ANSWER", "independent"),
}
OTHERS = {
    "never answers": ("return 1 / 0", ITEM, None),
    "silence with two options": ("return 'A' if ask('?') else 'B'", TWO_OPTIONS, None),
    "the nearest": (NEAREST, FAR, None),
    "the nearest, on record": (NEAREST, FAR, ["27"]),
    "a literal, on record": ("ask('9 times 3?'); ask('And 29?'); return 'B'", ITEM, ["27", "56"]),
}


def program(body):
    return f'GENERATOR_ANSWER = "B"\ndef solve(item, ask):\n    {body.strip()}\n'


def asks(replies):
    return [Ask(i, "?", (), None, None, reply, None) for i, reply in enumerate(replies or ())]


@pytest.fixture(scope="module")
def found():
    """Name -> Dependence, all probed in one sandbox."""
    jobs = {name: (body, ITEM, None) for name, body in {**DEPENDENT, **PARTLY}.items()}
    jobs |= {name: (body, ITEM, None) for name, (body, _) in INDEPENDENT.items()}
    jobs |= {name: (body, ITEM, None) for name, (body, _) in {**BELIEVES, **BELIEVES_NOT}.items()}
    jobs |= OTHERS

    async def probe_all():
        async with Sandbox() as sandbox:
            return await asyncio.gather(
                *(
                    probe_program(sandbox, program(body), item, asks(replies))
                    for body, item, replies in jobs.values()
                )
            )

    try:
        return dict(zip(jobs, asyncio.run(probe_all()), strict=True))
    except IsolationError as error:
        pytest.skip(f"programs can't be isolated here: {error}")


@pytest.mark.parametrize("name", DEPENDENT)
def test_a_program_that_follows_the_solver_is_dependent(found, name):
    assert found[name].verdict == "dependent"
    # Probing stops when more than half of the options have been reached.
    assert len(found[name].reachable) >= 3


@pytest.mark.parametrize("name", INDEPENDENT)
def test_a_program_that_ignores_the_solver_is_independent(found, name):
    assert found[name].verdict == "independent"
    assert found[name].fixed == INDEPENDENT[name][1]
    assert len(found[name].reachable) == 1


@pytest.mark.parametrize("name", PARTLY)
def test_an_answer_that_moves_to_few_options_is_partly_dependent(found, name):
    assert found[name].verdict == "partly"
    assert found[name].reachable == ("A", "C")


def test_an_answer_that_only_silence_moves_is_partly_dependent_even_with_two_options(found):
    assert found["silence with two options"].verdict == "partly"


def test_a_program_that_never_answers_gets_no_verdict(found):
    assert found["never answers"].verdict is None
    assert {probe.status for probe in found["never answers"].probes} == {"exception"}


def test_recorded_calls_show_a_dependence_that_made_up_replies_can_miss(found):
    assert found["the nearest"].verdict == "partly"
    assert found["the nearest, on record"].verdict == "dependent"


@pytest.mark.parametrize("name", BELIEVES)
def test_a_letter_that_goes_along_with_the_belief_is_believed(found, name):
    assert found[name].believes
    assert found[name].verdict == BELIEVES[name][1]


@pytest.mark.parametrize("name", BELIEVES_NOT)
def test_a_belief_that_leads_nowhere_is_not_believed(found, name):
    assert not found[name].believes
    assert found[name].verdict == BELIEVES_NOT[name][1]


def test_runs_with_another_belief_say_so_and_count_for_no_option(found):
    probes = found["the belief"].probes
    assert {probe.belief for probe in probes} == {None, "A"}
    assert {probe.letter for probe in probes if probe.belief} == {"A"}
    assert found["the belief"].reachable == ("B",)


def test_a_program_that_asks_nothing_is_run_four_times(found):
    orders = [probe.order for probe in found["its own sum"].probes]
    assert orders == ["as given", "as given", "reversed", "without question"]


def test_a_blank_question_tells_who_answers_by_itself(found):
    written, worked_out = found["a literal"].probes[-1], found["its own reading"].probes[-1]
    assert (written.order, written.letter) == ("without question", "C")
    assert (worked_out.order, worked_out.letter) == ("without question", None)
    assert found["its own reading"].verdict == "independent"


def test_only_independent_programs_are_run_without_their_question(found):
    blank = {n for n, one in found.items() if one.probes[-1].order == "without question"}
    assert blank <= {n for n, one in found.items() if one.verdict == "independent"}


def test_no_probe_is_run_twice_but_the_first(found):
    for one in found.values():
        runs = [(probe.name, probe.order, probe.belief) for probe in one.probes]
        assert len(set(runs)) == len(runs) - 1
        assert runs[0] == runs[1]


def test_recorded_calls_do_not_excuse_a_program_that_ignores_them(found):
    assert found["a literal, on record"].verdict == "independent"


def test_the_blocking_form_comes_to_the_same(found):
    assert depends_on_solver(program(PARTLY["a veto"]), ITEM) == found["a veto"]
