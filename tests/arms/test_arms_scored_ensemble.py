"""The control that spends a scaffold's calls on scores without a program: scored_ensemble."""

from __future__ import annotations

import json
import math

import pytest

from cgr_nb import Study
from cgr_nb.errors import ConfigError
from cgr_nb.prompts import load_template, render
from cgr_nb.records import Item
from cgr_nb.study import StudyConfig
from cgr_nb.testing import check_arm

OPTIONS = {"A": "wool", "B": "milk and cheese", "C": "honey"}
ITEMS = [
    {
        "dataset": "farm",
        "question": f"What do {animal} give?",
        "options": OPTIONS,
        "gold": gold,
    }
    for animal, gold in (("sheep", "A"), ("cows", "B"), ("bees", "C"))
]
SAYS = [["sheep", "wool"], ["cows", "milk and cheese"], ["bees", "honey"], ["", "Answer: A"]]
COW = Item("i", "d", "c", "What do cows give?", {"A": "wool", "B": "milk"}, None)
PROGRAM = """```python
GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    for number in range({calls}):
        said = ask("Is it " + str(number) + "?")
    return next(iter(item["options"])) if said else None
```"""


def study(folder, rules, *, scaffold_calls=None, solver="scripted", **parameters):
    """The answers of the arm, each with its calls in order."""
    folder.mkdir(exist_ok=True)
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in ITEMS))
    cards = [("scripted", rules)]
    models = {"solvers": [solver]}
    if scaffold_calls is not None:
        cards.append(("writer", [["", PROGRAM.format(calls=scaffold_calls)]]))
        models["generators"] = ["writer"]
    registry = "".join(
        f'[[model]]\nname = "{name}"\nroles = ["solver", "generator"]\nbackend = "scripted"\n'
        'family = "scripted"\nquantisation = "none"\ncontext_tokens = 40960\n'
        'licence = "Apache-2.0"\nsource = "a script"\n'
        f"options = {{ rules = {json.dumps(said)} }}\n"
        for name, said in cards
    )
    (folder / "models.toml").write_text(registry)
    if solver == "scripted":
        models["registry"] = "models.toml"
    config = StudyConfig.from_dict(
        {
            "items": {"files": ["items.jsonl"]},
            "models": models,
            "arms": ["scored_ensemble"],
            "arm": {"scored_ensemble": parameters},
            "run": {"isolation": "limits"},
        },
        base=folder,
    )
    with Study.run(config, folder / "out", progress=False) as made:
        found = [one for one in made.store.answers() if one.arm == "scored_ensemble"]
        questions = {item.id: item.question for item in made.store.items()}
        return {
            questions[one.item_id]: (one, [made.store.call(entry.call) for entry in one.trail])
            for one in found
        }


def test_the_arm_holds_what_every_arm_must(tmp_path):
    solver = [*((animal, text) for animal, text in SAYS[:3]), ("", "Answer: A")]
    items = [{**item, "dataset": f"farm-{n}"} for n, item in enumerate(ITEMS)]
    done = check_arm(
        "scored_ensemble",
        {"solver": solver},
        parameters={"k": 3},
        folder=tmp_path / "check",
        items=items,
        stops=4,
    )
    assert done.statuses == {"answered": 3}


@pytest.mark.parametrize("calls", [1, 2, 5])
def test_it_scores_as_often_as_the_scaffold_asked(tmp_path, calls):
    found = study(tmp_path, [["^Is it", "yes"], *SAYS], scaffold_calls=calls)
    for answer, made in found.values():
        assert answer.totals.solver_calls == len(made) == calls
        assert answer.facts["prompts"] == calls


def test_a_scaffold_that_asks_nothing_is_matched_by_one_score(tmp_path):
    found = study(tmp_path, SAYS, scaffold_calls=0)
    assert {answer.totals.solver_calls for answer, _ in found.values()} == {1}


@pytest.mark.parametrize("templates", [["scored"], ["scored_listed"], ["scored", "scored_listed"]])
def test_no_two_prompts_are_alike_and_wordings_take_turns(tmp_path, templates):
    _, calls = study(tmp_path, SAYS, k=9, templates=templates)["What do cows give?"]
    for number, call in enumerate(calls):
        is_listed = "one of these" in call.messages[-1].content
        assert is_listed == (templates[number % len(templates)] == "scored_listed")
    if templates[0] == "scored":
        assert calls[0].messages == render("scored", COW).messages
    assert len({call.messages for call in calls}) == 9
    assert all(set(call.sampling.choices) == set(OPTIONS.values()) for call in calls)


def test_the_same_seed_draws_the_same_prompts_and_another_item_the_same_orders(tmp_path):
    once, again = (study(tmp_path / name, SAYS, k=6) for name in ("once", "again"))
    for question, (answer, calls) in once.items():
        assert [call.id for call in calls] == [call.id for call in again[question][1]]
        assert answer.letters == again[question][0].letters
    sheep, cows = (once[f"What do {one} give?"][1] for one in ("sheep", "cows"))
    for one, other in zip(sheep, cows, strict=True):
        assert one.messages[:-1] == other.messages[:-1]


def test_listed_options_stand_in_many_orders(tmp_path):
    _, calls = study(tmp_path, SAYS, k=12)["What do cows give?"]
    orders = {call.messages[-1].content.partition(": ")[2] for call in calls}
    assert len(orders) > 3
    assert all("milk and cheese" in order and "A)" not in order for order in orders)


def test_the_answer_is_the_highest_mean_and_every_step_the_mean_so_far(tmp_path):
    for by in ("acc", "acc_norm", "acc_bytes"):
        found = study(tmp_path / by, SAYS, solver="tiny-solver", k=5, by=by)
        for answer, calls in found.values():
            means = {}
            for letter, text in OPTIONS.items():
                size = {"acc": 1, "acc_norm": len(text), "acc_bytes": len(text.encode())}[by]
                values = [
                    call.reply.scores[call.sampling.choices.index(text)].logprob / size
                    for call in calls
                ]
                means[letter] = math.fsum(values) / len(values)
            assert answer.letters == (max(means, key=means.__getitem__),)
            assert answer.letters == (answer.facts[by],)


def test_a_wording_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="unknown template for scored_ensemble"):
        study(tmp_path, SAYS, k=2, templates=["direct"])


def test_a_study_without_a_generator_must_say_how_often(tmp_path):
    with pytest.raises(ConfigError, match="needs a generator"):
        study(tmp_path, SAYS)


# --- orders of worked examples --------------------------------------------------------------


@pytest.mark.parametrize("profile", ["full", "base"])
def test_worked_examples_change_places_and_nothing_else(profile):
    plain = render("scored", COW, profile).messages
    texts = set()
    for seed in range(20):
        other = render("scored", COW, profile, order=seed).messages
        texts.add(tuple(turn.content for turn in other))
        assert len(other) == len(plain)
        assert [turn.role for turn in other] == [turn.role for turn in plain]
        if profile == "full":
            assert (other[0], other[-1]) == (plain[0], plain[-1])
            pairs = {(a, b) for a, b in zip(plain[1:-1:2], plain[2:-1:2], strict=True)}
            assert {(a, b) for a, b in zip(other[1:-1:2], other[2:-1:2], strict=True)} == pairs
        else:
            whole, mixed = plain[0].content.split("\n\n"), other[0].content.split("\n\n")
            assert mixed[-1] == whole[-1]
            assert sorted(mixed) == sorted(whole)
    assert len(texts) > 10


def test_what_an_item_says_is_no_example(tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    text = "[user]\nOne {question}\n[assistant]\nyes\n[user]\nIs it?\n[assistant]\nno\n[user]\nx\n"
    (folder / "own@1.txt").write_text(text)
    template = load_template("own", folder=tmp_path)
    assert all(template.reordered(seed) == template for seed in range(5))
    odd = Item("i", "d", "c", "One\n\ntwo\n\nthree", {"A": "a", "B": "b"}, None)
    assert all(
        render("scored", odd, "base", order=seed)
        .messages[0]
        .content.endswith("Question: One\n\ntwo\n\nthree\nAnswer:")
        for seed in range(5)
    )
