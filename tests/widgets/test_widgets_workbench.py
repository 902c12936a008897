from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_study import items as small_items

from cgr_nb.analysis.frame import annotate
from cgr_nb.api import Study
from cgr_nb.errors import CgrError
from cgr_nb.explore.catalogue import Catalogue
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.models import ModelPool
from cgr_nb.records import Item
from cgr_nb.study import Progress
from cgr_nb.util.background import Background
from cgr_nb.widgets import Results, Workbench
from cgr_nb.widgets.workbench_view import Meter

SECONDS = 60
IDS = [item.id for item in small_items()]


@pytest.fixture
def bench(own_study):
    panel = Workbench(own_study)
    yield panel
    panel.stop()
    panel.wait(SECONDS)


def test_words_of_a_search_may_stand_anywhere(bench):
    bench.query = "M/S cart"
    assert len(bench.shown) == 15
    bench.query = "cart 7"
    assert IDS[7] in bench.shown
    bench.query = IDS[5][:8]
    assert bench.shown == [IDS[5]]
    bench.query = "no such words"
    assert bench.shown == []


def test_items_are_read_when_somebody_looks_and_once(study, monkeypatch):
    read = []

    def counted(store, **options):
        read.append(store)
        return counted_rows(store, **options)

    monkeypatch.setattr("cgr_nb.widgets.study_items.counted_rows", counted)
    bench = Workbench(study)
    # Models and prompt are there with the frame; of the items nothing is told before they are.
    assert bench.get_state("models")["models"]
    assert bench.prompt
    assert not read
    assert bench.total == 15
    assert len(bench.shown) == 15
    assert sum(bench.counts["status"]) == 15
    bench.open_item(IDS[0])
    assert bench.answers
    assert len(read) == 1


def test_facets_filter_and_count_what_the_others_leave(bench):
    bench.filter("dataset", "physics")
    assert len(bench.shown) == 5
    assert sum(bench.counts["dataset"]) == 15  # its own filter does not count
    assert sum(bench.counts["status"]) == 5
    bench.filter("dataset")
    assert len(bench.shown) == 15
    with pytest.raises(CgrError, match="one of dataset, config, status"):
        bench.filter("colour", "red")
    with pytest.raises(CgrError, match="no such dataset"):
        bench.filter("dataset", "alchemy")


def test_disagreement_comes_first_when_asked_for(bench):
    bench.sort = "disagreement"
    places = np.frombuffer(bench.view, "<u4")
    columns = json.loads(gzip.decompress(bench.columns))
    found = [columns["disagreement"][place] for place in places]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1]


def test_items_are_chosen_one_by_one_or_as_shown(bench):
    bench.choose(IDS[3])
    bench.choose(IDS[4])
    bench.choose(IDS[4], on=False)
    assert bench.chosen_ids == [IDS[3]]
    bench.filter("dataset", "series")
    bench.choose_shown()
    assert len(bench.chosen_ids) == len({*bench.shown, IDS[3]})
    bench.clear_choice()
    assert bench.chosen_ids == []
    with pytest.raises(CgrError, match="no such item"):
        bench.choose("nothing")


def test_an_open_item_shows_all_its_answers_and_hides_gold(bench):
    bench.open_item(IDS[0])
    assert [answer["solver"] for answer in bench.answers] == ["scripted-a", "scripted-b"]
    assert bench.gold == []
    assert bench.show_gold() == ("C",)
    bench.open_item(IDS[1])
    assert bench.gold == []


def test_a_pick_runs_in_the_background_and_its_rows_come_back(bench):
    bench.choose(IDS[0])
    bench.choose(IDS[1])
    bench.solvers = ["scripted-a"]
    bench.open_item(IDS[0])
    before = len(bench.answers)
    bench.run()
    assert bench.wait(SECONDS)
    assert bench.error == ""
    assert bench.progress["words"] == "finished"
    assert bench.progress["done"] == bench.progress["total"] == 2
    assert len(bench.answers) == before + 1
    assert bench.answers[-1]["where"] != "study"
    rows = bench.rows()
    assert (rows["where"] != "study").sum() == 2
    assert set(rows.loc[rows["where"] != "study", "item_id"]) <= {
        item.id for item in _read_back(bench)
    }


def _read_back(bench) -> list[Item]:
    with Study.open(bench.pick.folder) as study:
        return study.store.items()


def test_the_study_itself_is_left_as_it_was(bench, own_study):
    before = (own_study.folder / "study.toml").read_bytes(), len(own_study.rows())
    bench.choose(IDS[0])
    bench.run()
    assert bench.wait(SECONDS)
    assert ((own_study.folder / "study.toml").read_bytes(), len(own_study.rows())) == before


def run_code(code: str, repository) -> str:
    script = code.replace(
        "study.rows()",
        "print(study.rows()[['id', 'assisted_letter']].values.tolist(), len(study.arms()))",
    )
    return subprocess.run(
        [sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_code_of_the_panel_gives_the_same_rows_headlessly(bench, repository):
    bench.query = "cart"
    bench.filter("dataset", "physics", "medicine")
    bench.sort = "question"
    bench.choose(IDS[0])
    bench.solvers = ["scripted-a"]
    bench.arms = ["cot"]
    bench.prompt = "My own words.\n{question}\n{options}\n"
    bench.use_prompt()
    code = bench.write_code()
    for word in (
        "'cart'",
        "'physics', 'medicine'",
        "'question'",
        IDS[0],
        "scripted-a",
        "['cot']",
        "full/direct",
    ):
        assert word in code["python"]
    assert "# Search: cart" in code["toml"]
    folder = bench.pick.folder
    printed = run_code(code["python"], repository)
    again = run_code(
        f"from cgr_nb import Study\nstudy = Study.run({str(folder / 'study.toml')!r}, progress=False)\nstudy.rows()",
        repository,
    )
    bench.run()
    assert bench.wait(SECONDS)
    assert bench.error == ""
    with Study.open(folder) as study:
        ours = f"{study.rows()[['id', 'assisted_letter']].values.tolist()} {len(study.arms())}"
        (call,) = [
            call
            for call in study.store.calls()
            if call.messages[0].content.startswith("My own words.")
        ]
    assert printed == again == ours
    assert ours.endswith(" 1")
    assert call.model == "scripted-a"


def test_what_is_shown_and_chosen_whole_is_one_line_of_code(bench):
    bench.filter("dataset", "series")
    bench.choose_shown()
    code = bench.write_code()["python"]
    assert "choose_shown()" in code
    assert IDS[2] not in code


def test_an_edited_prompt_is_a_new_version_and_never_an_old_one(bench, own_study):
    first = bench.use_prompt()  # as it was: a version of its own all the same
    bench.prompt = "Other words.\n{question}\n{options}\n"
    second = bench.use_prompt()
    assert second == first + 1
    assert bench.use_prompt() == second
    bench.prompt_name = "generator"
    bench.prompt_name = "direct"
    assert bench.prompt.startswith("Other words.")
    bench.drop_prompt("full/direct")
    assert not bench.prompt.startswith("Other words.")
    bench.prompt = "{nonsense}"
    with pytest.raises(CgrError, match="unknown field"):
        bench.use_prompt()
    folder = own_study.folder / "prompts" / "full"
    assert len(list(folder.iterdir())) == 2


def test_the_same_pick_with_another_prompt_or_arm_is_another_pick(bench):
    bench.choose(IDS[0])
    names = [bench.pick.folder.name]
    bench.arms = ["cot"]
    names.append(bench.pick.folder.name)
    bench.prompt = "Other words.\n{question}\n{options}\n"
    bench.use_prompt()
    names.append(bench.pick.folder.name)
    assert len(set(names)) == 3


def test_the_answers_of_arms_stand_beside_the_others(bench):
    bench.choose(IDS[0])
    bench.solvers = ["scripted-a"]
    bench.arms = ["cot", "stub_solver"]
    bench.open_item(IDS[0])
    bench.run()
    assert bench.wait(SECONDS)
    assert bench.error == ""
    assert set(bench.answers[-1]["arms"]) == {"cot", "stub_solver"}


def test_replies_of_a_run_are_shown_as_they_are_written(bench):
    seen = []
    bench.observe(lambda change: seen.append(change["new"]), names="writing")
    bench.choose(IDS[0])
    bench.run()
    assert bench.wait(SECONDS)
    assert any(line["said"] for lines in seen for line in lines)
    assert bench.writing == []


def test_an_edited_program_runs_with_a_live_solver_and_can_be_stepped(bench, own_study):
    bench.open_item(IDS[0])
    source = bench.open_program(bench.answers[0]["id"])
    executions = len(own_study.executions())
    bench.try_program(source.replace('else "A"', 'else "D"').replace("str(z)", '"x"'), "scripted-a")
    assert bench.wait(SECONDS)
    assert (bench.trial["letter"], bench.trial["running"]) == ("D", False)
    assert [call["reply"] for call in bench.trial["calls"]] == ["27", "56"]
    assert len(own_study.executions()) == executions
    bench.step_trial()
    assert bench.step_state["run"]["letter"] == "D"


def test_a_run_without_items_says_what_is_missing(bench):
    bench.handle({"do": "run"})
    assert "no items are chosen" in bench.error


def test_stop_stops_and_run_goes_on_from_there(bench):
    for item in small_items():
        bench.choose(item.id)
    bench.run()
    bench.stop()
    assert bench.wait(SECONDS)
    assert "stopped" in bench.progress["words"]
    bench.run()
    assert bench.wait(SECONDS)
    assert bench.progress["done"] == bench.progress["total"] == 30


def test_an_edited_prompt_is_previewed_and_tried_without_a_record(bench, own_study):
    bench.open_item(IDS[0])
    bench.prompt = "Say the letter.\n{question}\n{options}\n"
    (message,) = bench.preview_prompt()
    assert message[1][0].startswith("Say the letter.\nA cart")
    calls = len(own_study.calls())
    bench.try_prompt("scripted-a")
    assert bench.wait(SECONDS)
    assert (bench.trial["letter"], bench.trial["running"]) == ("B", False)
    assert len(own_study.calls()) == calls


def test_the_preview_follows_what_is_typed_and_says_what_a_template_lacks(bench):
    assert (bench.preview, bench.preview_error) == ([], "")
    bench.open_item(IDS[0])
    assert "cart 0" in bench.preview[-1][1][0]
    bench.prompt = "Now: {question} {letterz}"
    assert bench.preview == []
    assert "unknown field" in bench.preview_error
    assert "{letters}" in bench.preview_error
    bench.prompt = "Now: {question}"
    assert bench.preview[0][1][0].startswith("Now: A cart")
    assert bench.preview_error == ""
    bench.open_item(IDS[1])
    assert "cart 1" in bench.preview[0][1][0]


def test_a_run_ends_with_its_accuracies_and_the_next_one_is_told_against_it(bench, own_study):
    for id in IDS[:6]:
        bench.choose(id)
    bench.solvers = ["scripted-a"]
    bench.run()
    assert bench.wait(SECONDS)
    first = bench.result
    assert (first["rows"], first["items"], first["ended"]) == (6, 6, "finished")
    assert (first["before"], first["common"]) == ("study", 6)
    mine = annotate(counted_rows(Study.open(bench.pick.folder).store))
    for line in first["channels"]:
        assert line["accuracy"] == macro(mine, f"{line['channel']}_correct")
    # Other words: another run, of the same items with the same solver.
    bench.prompt = bench.prompt + "\nAnswer with a letter.\n"
    bench.use_prompt()
    bench.run()
    assert bench.wait(SECONDS)
    assert (bench.result["before"], bench.result["common"]) == (first["where"], 6)
    assert bench.result["where"] != first["where"]
    changes = [line["change"] for line in bench.result["channels"]]
    assert [change["before"] for change in changes] == [
        line["accuracy"] for line in first["channels"]
    ]


def macro(rows, column) -> float:
    kept = rows[rows["retained"]]
    return kept.groupby(["dataset", "config", "solver", "generator"])[column].mean().mean()


def test_items_are_sorted_by_any_column_both_ways(bench):
    columns = json.loads(gzip.decompress(bench.columns))
    for name, key in (("dataset", "dataset"), ("status", "status"), ("question", "question")):
        bench.sort, bench.backwards = name, False
        found = [columns[key][place] for place in np.frombuffer(bench.view, "<u4")]
        assert found == sorted(found)
        bench.backwards = True
        back = [columns[key][place] for place in np.frombuffer(bench.view, "<u4")]
        assert back == found[::-1]
        assert "workbench.backwards = True" in _code(bench)


def _code(bench) -> str:
    bench.choose(IDS[0])
    return bench.write_code()["python"]


def test_models_stay_loaded_until_they_are_freed(bench):
    bench.free_models()
    assert bench.memory == {"names": []}
    bench.open_item(IDS[0])
    bench.try_prompt("scripted-a")
    assert bench.wait(SECONDS)
    assert bench.memory["names"] == ["scripted-a"]
    assert 0 == bench.memory["used"] < bench.memory["budget"]
    assert bench.saved_state()["memory"] == {}
    bench.handle({"do": "free_models"})
    assert bench.memory == {"names": []}


def test_a_budget_that_the_study_states_holds_for_the_panels(own_study, monkeypatch):
    pool = ModelPool()
    monkeypatch.setattr("cgr_nb.widgets.workbench.shared_pool", lambda: pool)
    file = own_study.folder / "study.toml"
    config = own_study.config
    stated = replace(config, run=replace(config.run, model_memory_mb=7))
    file.write_text(stated.to_toml())
    Workbench(own_study)
    assert pool.budget_bytes == 7 << 20


def test_a_model_that_is_loaded_is_named_in_the_progress():
    meter = Meter()
    start = meter.read(Progress(3, 9, None))
    loading = meter.read(Progress(3, 9, None, ("qwen", 0.42)))
    assert loading == {**start, "words": "loading qwen 42%"}
    assert meter.read(Progress(3, 9, None, ("qwen", 1.0))) == start


def test_what_is_said_at_the_start_of_a_job_never_comes_after_its_end():
    said = []

    async def nothing():
        said.append("work")

    job = Background(lambda how: said.append("end"))
    job.start(nothing, lambda: said.append("start"))
    assert job.wait(SECONDS)
    assert said == ["start", "work", "end"]


def test_a_malformed_prompt_is_an_error_in_the_panel(bench):
    bench.open_item(IDS[0])
    bench.prompt = "{gold}"
    bench.handle({"do": "preview_prompt"})
    assert "unknown field" in bench.error


def test_a_row_opens_in_the_step_view(bench):
    bench.open_item(IDS[0])
    stepper = bench.step(bench.answers[0]["id"])
    assert bench.step_state["run"] == stepper.run
    bench.close_step()
    assert bench.step_state == {}


def test_results_narrow_the_workbench_to_what_is_picked(own_study, bench):
    results = Results(own_study, resamples=50)
    results.narrow(bench)
    rows = results.pick("flip", "gain")
    assert set(bench.shown) == set(rows["item_id"])
    assert bench.narrowed
    results.clear()
    assert len(bench.shown) == 15


def test_a_study_whose_registry_is_gone_still_opens(own_study):
    (own_study.folder / "registry.toml").unlink()
    panel = Workbench(own_study)
    assert "registry file" in panel.error
    assert [model["name"] for model in panel.models] == ["scripted-a", "scripted-b", "writer"]


def test_a_search_of_20000_items_is_quick(big_study):
    catalogue = Catalogue.of(big_study.store, pd.DataFrame())
    catalogue.view("warm")
    began = time.process_time()
    places, counts = catalogue.view("river times", {"dataset": [3]}, "disagreement")
    assert time.process_time() - began < 0.3
    assert len(places) == counts["dataset"][3] > 0


def test_what_a_page_is_sent_of_20000_items_is_bounded(big_study):
    panel = Workbench(big_study)
    assert len(panel.columns) < 300_000


def test_20000_items_keep_few_nodes_in_the_page_and_scroll_to_the_end(
    big_study, pages, monkeypatch
):
    import cgr_nb.widgets.item_list as module

    monkeypatch.setattr(module, "SAVED_ITEMS", 20_000)
    page = pages.open(Workbench(big_study))
    lines = page.locator(".cgr-item-line")
    lines.first.wait_for()
    assert lines.count() < 80
    page.locator(".cgr-items").focus()
    page.keyboard.press("End")
    page.locator('.cgr-item-line[data-n="19999"]').wait_for()
    assert lines.count() < 80


def test_the_saved_page_keeps_the_first_items_and_says_so(big_study, pages):
    page = pages.open(Workbench(big_study))
    assert (
        "19,500 more, not included in this saved page"
        in page.locator(".cgr-head").first.inner_text()
    )
    assert page.get_by_role("searchbox", name="search items").is_disabled()


def test_the_step_view_works_inside_a_saved_workbench(bench, pages):
    bench.open_item(IDS[0])
    bench.step(bench.answers[0]["id"])
    page = pages.open(bench)
    page.locator(".cgr-stepper").focus()
    page.keyboard.press("c")
    assert "asks the solver" in page.locator(".cgr-event").first.inner_text()
    page.set_viewport_size({"width": 460, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 460
