"""Text of models, programs and items changes nothing but its own box, in every panel."""

from __future__ import annotations

from dataclasses import replace

import pytest
import small_study
from made_rows import expect

from cgr_nb import compare
from cgr_nb.api import Study
from cgr_nb.models import ScriptedModel, card_to_toml
from cgr_nb.models.scripted import Rules
from cgr_nb.records import Item, content_id
from cgr_nb.sandbox import Sandbox
from cgr_nb.store import Store
from cgr_nb.util.blocking import run_blocking
from cgr_nb.widgets import Auditor, Comparison, Results, Stepper, Workbench

SCRIPT = "</script><script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"
TURNED = "\u202etxet denrut\u2066 \u200f"
LONG = "x" * 5_000_000
REPLY = f"{SCRIPT}{TURNED}{LONG}"
PROGRAM = f"""GENERATOR_ANSWER = "B"
DIFFICULTY = "easy"

def solve(item, ask):
    # {SCRIPT} {TURNED}
    said = ask("What? {TURNED}")
    print(said[:900])
    return "B"
"""


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory):
    """One row in which everything that a model writes is hostile; made by the real sandbox."""
    folder = tmp_path_factory.mktemp("hostile")
    options = {"A": SCRIPT, "B": TURNED, "C": LONG[:30_000]}
    item = Item("i", f"set {SCRIPT}", TURNED, REPLY, options, ("B",), context=REPLY)
    model = ScriptedModel(Rules([], REPLY[:2_000]), small_study.card("scripted-a"))

    async def make() -> None:
        with Store.create(folder) as store:
            store.add_items([item])
            store.add_model(model.card)
            expect(store, [content_id("row", "i", "scripted-a")])
            async with Sandbox(workers=1, minimum="limits") as box:
                await small_study.one_row(_Lengthening(store), box, model, item, PROGRAM)

    run_blocking(make)
    (folder / "study.toml").write_text(small_study.CONFIG.to_toml(), "utf-8")
    card = card_to_toml(small_study.card("scripted-a"))
    (folder / "registry.toml").write_text(card, "utf-8")
    return folder


class _Lengthening:
    """A store that takes runs with replies and output longer than any sandbox lets through: what
    another version may have let through must not harm the page either."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    def add_execution(self, id, program_id, item_id, solver, execution) -> None:
        asks = tuple(replace(ask, reply=REPLY) for ask in execution.calls)
        longer = replace(execution, calls=asks, output=REPLY)
        self._store.add_execution(id, program_id, item_id, solver, longer)


def comparison(study):
    panel = Comparison(compare(study, resamples=10))
    panel.open_pair(0)
    return panel


def panels(study):
    bench = Workbench(study)
    bench.open_item("i")
    return {
        "Stepper": Stepper(study, 0),
        "Auditor": Auditor(study, "ada", probing=False),
        "Results": Results(study, resamples=10),
        "Comparison": comparison(study),
        "Workbench": bench,
    }


@pytest.mark.parametrize("name", ["Stepper", "Auditor", "Comparison", "Results", "Workbench"])
def test_hostile_text_changes_nothing_but_its_own_box(hostile_folder, pages, name):
    with Study.open(hostile_folder) as study:
        panel = panels(study)[name]
        page = pages.open(panel)
    page.locator(f".cgr-{name.lower()}").wait_for()
    if name in ("Results", "Comparison"):
        page.locator(".cgr-rows").wait_for()
    assert page.title() == f"{name} · cgr-nb"
    assert page.evaluate("document.querySelectorAll('.cgr script, .cgr img').length") == 0
    # What is turned or endless stays in its box: the page is no wider, and the direction holds.
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.evaluate("getComputedStyle(document.querySelector('.cgr')).direction") == "ltr"
    unseen = page.evaluate(
        "document.querySelector('.cgr').innerText.match(/[\\u202a-\\u202e\\u2066-\\u2069\\u200f]/)"
    )
    assert unseen is None
    assert page.locator(".cgr").evaluate("n => n.getBoundingClientRect().height") < 3000


def test_five_megabytes_of_one_line_are_cut_on_their_way_and_say_so(hostile_folder):
    with Study.open(hostile_folder) as study:
        assert {
            name: len(p.to_html()) < 2_500_000 for name, p in panels(study).items()
        } == dict.fromkeys(("Stepper", "Auditor", "Comparison", "Results", "Workbench"), True)
        reply = Stepper(study, 0).run["asks"][0]["reply"]
    assert reply[1] > 4_000_000


def test_a_hostile_prompt_under_edit_is_shown_as_text(hostile_folder, pages):
    with Study.open(hostile_folder) as study:
        bench = Workbench(study)
        bench.open_item("i")
        bench.prompt = f"{SCRIPT}\n{{question}}"
        bench.preview_prompt()
        page = pages.open(bench)
    page.locator(".cgr-message").first.wait_for(state="attached")
    assert page.title() == "Workbench · cgr-nb"
    assert page.evaluate("document.querySelectorAll('.cgr script, .cgr img').length") == 0
