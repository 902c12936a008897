"""Options that are ranked, and replies that are read out: scored_direct and the two ways of direct."""

from __future__ import annotations

import json

import pytest

from cgr_nb import Study
from cgr_nb.errors import ConfigError
from cgr_nb.prompts import ask_messages, render
from cgr_nb.records import Item
from cgr_nb.study import StudyConfig
from cgr_nb.testing import check_arm

ITEMS = [
    {
        "dataset": "farm",
        "question": f"What do {animal} give?",
        "options": {"A": "wool", "B": "milk and cheese", "C": "honey"},
        "gold": gold,
    }
    for animal, gold in (("sheep", "A"), ("cows", "B"), ("bees", "C"))
]
SOLVER = """
[[model]]
name = "farmer"
roles = ["solver"]
backend = "scripted"
family = "scripted"
quantisation = "none"
context_tokens = 4096
licence = "Apache-2.0"
source = "a script"
options = {{ rules = {rules} }}
"""


def study(folder, rules, direct=(), arms=(), solver="farmer", items=ITEMS):
    folder.mkdir(exist_ok=True)
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    (folder / "models.toml").write_text(SOLVER.format(rules=json.dumps(rules)))
    config = StudyConfig.from_dict(
        {
            "items": {"files": ["items.jsonl"]},
            "models": {"solvers": [solver], "registry": "models.toml"},
            "direct": dict(direct),
            "arms": list(arms),
            "run": {"isolation": "limits"},
        },
        base=folder,
    )
    with Study.run(config, folder / "out", progress=False) as made:
        answers = {(answer.arm, answer.item_id): answer for answer in made.store.answers()}
        questions = {item.id: item.question for item in made.store.items()}
        calls = {call.id: call for call in made.store.calls()}
    return {(arm, questions[id]): answer for (arm, id), answer in answers.items()}, calls


SAYS = [["sheep", "wool"], ["cows", "milk and cheese"], ["bees", "honey"]]


def test_the_arm_holds_what_every_arm_must(tmp_path):
    solver = [("Is it", "yes"), ("letter", "B"), ("", "Answer: A")]
    items = [{**item, "dataset": f"farm-{n}"} for n, item in enumerate(ITEMS)]
    done = check_arm(
        "scored_direct",
        {"solver": [*((animal, text) for animal, text in SAYS), *solver]},
        folder=tmp_path / "check",
        items=items,
        stops=4,
    )
    assert done.statuses == {"answered": 3}


def test_the_option_that_the_solver_finds_likeliest_is_the_answer(tmp_path):
    answers, calls = study(tmp_path, [*SAYS, ["", "Answer: A"]], arms=["scored_direct"])
    found = {q: a.letters for (arm, q), a in answers.items() if arm == "scored_direct"}
    assert found == {
        "What do sheep give?": ("A",),
        "What do cows give?": ("B",),
        "What do bees give?": ("C",),
    }
    [entry] = answers["scored_direct", "What do cows give?"].trail
    assert entry.read.rule == "likeliest"
    asked = calls[entry.call]
    assert asked.sampling.choices == ("wool", "milk and cheese", "honey")
    assert len(asked.reply.scores) == 3
    # The prompt does not show what is scored.
    assert "wool" not in asked.messages[-1].content


@pytest.mark.parametrize("profile", ["full", "base", "tiny"])
def test_the_question_is_put_as_a_scaffold_would_put_it(profile):
    item = Item("i", "d", "c", "What do cows give?", {"A": "wool", "B": "milk"}, None)
    asked = ask_messages(item.question, profile, None)
    assert render("scored", item, profile).messages == tuple(asked)


@pytest.mark.parametrize("over", ["letters", "texts"])
def test_direct_answers_are_ranked_where_the_study_says_so(tmp_path, over):
    rules = SAYS if over == "texts" else [["sheep", "A"], ["cows", "B"], ["bees", "C"]]
    answers, calls = study(tmp_path, rules, {"method": "loglikelihood", "over": over})
    assert {a.letters for a in answers.values()} == {("A",), ("B",), ("C",)}
    for answer in answers.values():
        [entry] = answer.trail
        assert (entry.key, entry.read.rule) == ("direct", "likeliest")
        shown = calls[entry.call].messages[-1].content
        assert ("wool" in shown) == (over == "letters")
        assert answer.facts["acc"] == answer.letters[0]


def test_all_three_rankings_are_on_record_and_one_is_the_answer(tmp_path, tiny_study):
    for by in ("acc", "acc_norm", "acc_bytes"):
        for answer, call in tiny_study(tmp_path / by, {"over": "texts", "by": by}):
            scores = dict(zip(call.sampling.choices, call.reply.scores, strict=True))
            size = {
                "acc": lambda text: 1,
                "acc_norm": len,
                "acc_bytes": lambda text: len(text.encode()),
            }
            for name, of in size.items():
                best = max(scores, key=lambda text: scores[text].logprob / of(text))
                assert call.sampling.choices["ABCDEFGHIJ".index(answer.facts[name])] == best
            assert answer.letters == (answer.facts[by],)


@pytest.fixture
def tiny_study():
    """Direct answers of a real tiny model, each with its call."""

    def run(folder, direct):
        config = StudyConfig.from_dict(
            {
                "items": {"files": ["bundled:mini-openbookqa.jsonl"], "per_dataset": 6},
                "models": {"solvers": ["tiny-solver"]},
                "direct": {"method": "loglikelihood", **direct},
                "run": {"isolation": "limits"},
            }
        )
        with Study.run(config, folder, progress=False) as made:
            return [(a, made.store.call(a.trail[0].call)) for a in made.store.answers()]

    return run


def test_an_unreadable_reply_is_read_out_and_says_so(tmp_path):
    rules = [
        ["one letter and nothing else", "Answer: B"],
        ["^What do cows", "Moo."],
        ["", "Answer: A"],
    ]
    answers, calls = study(tmp_path, rules, {"unreadable": "read_out"})
    answer = answers["direct", "What do cows give?"]
    assert (answer.letters, answer.status) == (("B",), "answered")
    assert answer.facts == {"read_out": True}
    first, second = answer.trail
    assert (first.key, first.read.status) == ("direct", "none")
    assert (second.key, second.read.rule) == ("readout", "read_out")
    assert calls[second.call].sampling.choices == ("Answer: A", "Answer: B", "Answer: C")
    readable = answers["direct", "What do bees give?"]
    assert readable.facts == {}
    assert len(readable.trail) == 1


def test_an_unreadable_reply_is_asked_again_with_a_temperature(tmp_path):
    rules = [
        ["one letter and nothing else", "Answer: B"],
        ["^What do cows", "Moo."],
        ["", "Answer: A"],
    ]
    for folder, direct in (("said", {"unreadable": "reask"}), ("auto", {})):
        answers, calls = study(tmp_path / folder, rules, direct)
        first, second = answers["direct", "What do cows give?"].trail
        assert (first.key, second.key) == ("direct", "reask/1")
        assert calls[first.call].sampling.temperature == 0
        assert calls[second.call].sampling.temperature > 0
        assert answers["direct", "What do cows give?"].letters == ("B",)


@pytest.mark.parametrize(
    "direct",
    [{"method": "guess"}, {"over": "words"}, {"by": "luck"}, {"unreadable": "drop"}],
    ids=repr,
)
def test_a_way_that_there_is_not_is_refused(direct):
    with pytest.raises(ConfigError, match=f"direct.{next(iter(direct))}"):
        StudyConfig.from_dict(
            {
                "items": {"files": ["bundled:mini-openbookqa.jsonl"]},
                "models": {"solvers": ["tiny-solver"]},
                "direct": direct,
            }
        )
