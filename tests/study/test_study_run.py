from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from cgr_nb import Study
from cgr_nb.errors import ConfigError, ModelError
from cgr_nb.store import Store
from cgr_nb.study import StudyConfig, gather, plan_study


def rows_of(folder):
    with Store.open(folder) as store:
        return store.rows()


def test_every_unit_ends_as_a_row_with_its_three_channels(study_file):
    with Study.run(study_file, progress=False) as study:
        rows = study.rows().set_index("item_id")
    items = {item.id: item for item in gather(StudyConfig.load(study_file)).items}
    assert len(rows) == len(items) == 8
    for item_id, row in rows.iterrows():
        question = items[item_id].question
        assert (row.direct_letter, row.direct_status, row.direct_retries) == ("B", "answered", 1)
        if question.startswith("no program"):
            assert row.assisted_status == "no_program"
            assert row.isna().program_id
        elif question.startswith("broken"):
            assert row.assisted_status == "syntax_error"
        else:
            assert (row.assisted_letter, row.assisted_status, row.asks) == ("A", "ok", 1)
            assert (row.generator_letter, row.difficulty) == ("A", "easy")


def test_a_second_run_makes_no_new_call(study_file):
    Study.run(study_file, progress=False).close()
    before = rows_of(study_file.parent)
    seen = []
    Study.run(study_file, progress=False, on_progress=seen.append).close()
    assert rows_of(study_file.parent) == before
    assert [(progress.done, progress.total, progress.row) for progress in seen] == [(8, 8, None)]


def test_progress_counts_up_to_the_total(study_file):
    seen = []
    Study.run(study_file, progress=False, on_progress=seen.append).close()
    assert [progress.done for progress in seen] == list(range(9))
    assert {progress.total for progress in seen} == {8}


def test_a_run_that_was_stopped_goes_on_and_ends_like_an_undisturbed_one(study_file, tmp_path):
    def stop_after_three(progress):
        if progress.done == 3:
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        Study.run(study_file, tmp_path / "stopped", progress=False, on_progress=stop_after_three)
    assert len(rows_of(tmp_path / "stopped")) >= 3
    Study.run(study_file, tmp_path / "stopped", progress=False).close()
    Study.run(study_file, tmp_path / "whole", progress=False).close()
    assert rows_of(tmp_path / "stopped") == rows_of(tmp_path / "whole")


def test_ctrl_c_stops_in_order_and_the_same_command_goes_on(study_file):
    registry = study_file.with_name("registry.toml")
    slow = registry.read_text().replace('default = "nothing"', 'default = "nothing", delay_s = 0.3')
    registry.write_text(slow)
    study_file.write_text(study_file.read_text() + "concurrency = 1\n")
    command = [sys.executable, "-m", "cgr_nb.cli", "study", "run", str(study_file)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if len(rows_of(study_file.parent)) >= 1:
                break
        except Exception:
            pass
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "every finished row is kept" in said
    assert 1 <= len(rows_of(study_file.parent)) < 8
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert len(rows_of(study_file.parent)) == 8


def test_a_folder_with_other_settings_is_refused_and_says_which(study_file):
    Study.run(study_file, progress=False).close()
    before = rows_of(study_file.parent)
    study_file.write_text("seed = 7\n" + study_file.read_text())
    other = study_file.with_name("other.toml")
    other.write_text(study_file.read_text())
    study_file.write_text(study_file.read_text().replace("seed = 7\n", ""))
    with pytest.raises(ConfigError, match="another seed"):
        Study.run(other, study_file.parent, progress=False)
    assert rows_of(study_file.parent) == before


def test_more_items_are_added_to_the_rows_that_are_there(study_file):
    text = study_file.read_text()
    study_file.write_text(text.replace("[models]", "per_dataset = 3\n[models]"))
    Study.run(study_file, progress=False).close()
    first = rows_of(study_file.parent)
    assert len(first) == 3
    study_file.write_text(text)
    Study.run(study_file, progress=False).close()
    assert len(rows_of(study_file.parent)) == 8
    assert set(first) <= set(rows_of(study_file.parent))


def test_a_solver_that_can_not_answer_stops_the_run_with_one_clear_error(study_file):
    registry = study_file.with_name("registry.toml")
    registry.write_text(
        registry.read_text()
        .replace(', default = "nothing"', "", 1)
        .replace('["Answer with a letter", "I would say so"]', '["never", "x"]')
    )
    with pytest.raises(ModelError, match="no rule matches the prompt"):
        Study.run(study_file, progress=False)


def test_an_unknown_solver_is_an_error_before_anything_runs(study_file, tmp_path):
    study_file.write_text(study_file.read_text().replace('"script-solver"', '"script-solvr"'))
    with pytest.raises(ModelError, match="did you mean 'script-solver'"):
        Study.run(study_file, tmp_path / "new", progress=False)
    assert not (tmp_path / "new" / "study.sqlite").exists()


def test_a_pattern_without_files_is_an_error(study_file):
    study_file.write_text(study_file.read_text().replace("items.jsonl", "nothing-*.jsonl"))
    with pytest.raises(ConfigError, match=r"no such item file.*nothing-\*\.jsonl"):
        Study.run(study_file, progress=False)


def test_equal_calls_are_made_once(study_file):
    study_file.write_text(study_file.read_text() + "concurrency = 8\n")
    with Study.run(study_file, progress=False) as study:
        calls = study.calls()
    assert calls["id"].is_unique
    asks = calls[calls["prompt"].str.startswith("sum of")]
    assert len(asks) == asks["prompt"].nunique()


def test_a_study_runs_inside_a_running_event_loop_as_in_a_notebook(study_file):
    import asyncio

    async def cell():
        return Study.run(study_file, progress=False)

    with asyncio.run(cell()) as study:
        assert len(study.rows()) == 8


def test_gold_is_in_no_prompt_and_no_program(study_file):
    with Study.run(study_file, progress=False) as study:
        answers = study.calls(), study.programs(), study.rows()
    flipped = study_file.with_name("items.jsonl")
    flipped.write_text(flipped.read_text().replace('"gold": "A"', '"gold": "B"'))
    with Study.run(study_file, study_file.parent / "flipped", progress=False) as study:
        calls, programs, rows = study.calls(), study.programs(), study.rows()
    # Not one byte of a prompt, not one seed, not one program and not one letter knows gold.
    assert list(calls["id"]) == list(answers[0]["id"])
    assert set(programs["program_id"].dropna()) == set(answers[1]["program_id"].dropna())
    letters = ["direct_letter", "assisted_letter", "generator_letter"]
    by_calls = {
        row.direct_call_ids: [getattr(row, n) for n in letters] for row in rows.itertuples()
    }
    assert by_calls == {
        row.direct_call_ids: [getattr(row, n) for n in letters] for row in answers[2].itertuples()
    }


def test_a_plan_counts_exactly_what_a_run_then_does(study_file):
    config = StudyConfig.load(study_file)
    before = plan_study(config, study_file.parent)
    assert (before.rows, before.rows_done, before.seconds) == (8, 0, None)
    Study.run(study_file, progress=False).close()
    after = plan_study(config, study_file.parent)
    assert (after.rows, after.rows_done) == (8, 8)
    assert sum(load.calls for load in after.loads) == 0


def test_a_plan_on_record_estimates_time_and_tokens_from_it(study_file):
    text = study_file.read_text()
    study_file.write_text(text.replace("[models]", "per_dataset = 4\n[models]"))
    Study.run(study_file, progress=False).close()
    study_file.write_text(text)
    plan = plan_study(StudyConfig.load(study_file), study_file.parent)
    assert plan.rows - plan.rows_done == 4
    assert plan.seconds is not None
    assert all(load.measured for load in plan.loads)
    assert plan.disk_bytes > 0
