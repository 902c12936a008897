from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from itertools import count

import pytest
from click.testing import CliRunner
from made_rows import rows_of as rows_in_store

from cgr_nb import Study
from cgr_nb.cli import cli
from cgr_nb.errors import ConfigError, ContextOverflow, ItemError, ModelError
from cgr_nb.models import ScriptedModel
from cgr_nb.store import Store
from cgr_nb.study import StudyConfig, plan_study, resolve_inputs

ROWS = [
    {
        "dataset": "sums",
        "question": f"1 + 2 n{number}",
        "options": {"A": "3", "B": "4"},
        "gold": "A",
    }
    for number in range(4)
]


def rows_of(folder):
    with Store.open(folder) as store:
        return rows_in_store(store)


def answers_of(folder):
    with Store.open(folder) as store:
        return store.answer_ids()


def test_every_unit_ends_as_a_row_with_its_three_channels(study_file):
    with Study.run(study_file, progress=False) as study:
        rows = study.rows().set_index("item_id")
    items = {item.id: item for item in resolve_inputs(StudyConfig.load(study_file)).items}
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
    assert [(progress.done, progress.total, progress.unit) for progress in seen] == [(8, 8, None)]


def test_a_run_that_finds_nothing_to_do_is_not_the_last_one_that_a_report_tells_of(study_file):
    text = study_file.read_text()
    study_file.write_text(text.replace("[models]", "per_dataset = 1\n[models]"))
    with Study.run(study_file, progress=False) as study:
        study.store.set_meta("run", {"started": "2001-01-01T00:00:00+00:00"})
    with Study.run(study_file, progress=False) as study:
        assert study.store.meta("run") == {"started": "2001-01-01T00:00:00+00:00"}
    study_file.write_text(text)
    with Study.run(study_file, progress=False) as study:
        assert study.store.meta("run")["started"] == study.store.provenance()[-1]["started"]


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
    slow = registry.read_text().replace('default = "nothing"', 'default = "nothing", delay_s = 0.8')
    registry.write_text(slow)
    study_file.write_text(study_file.read_text() + "concurrency = 1\n")
    command = [sys.executable, "-m", "cgr_nb.cli", "study", "run", str(study_file)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if answers_of(study_file.parent):
                break
        except Exception:
            pass
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "every finished row is kept" in said
    assert "Traceback" not in said
    assert "never retrieved" not in said
    assert answers_of(study_file.parent)
    assert len(rows_of(study_file.parent)) < 8
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
    # Two items with one text and different options: their programs ask the same.
    items = study_file.with_name("items.jsonl")
    first = items.read_text().splitlines()[0]
    items.write_text(first + "\n" + first.replace('"B": "4"', '"B": "5"') + "\n")
    slow = study_file.with_name("registry.toml")
    slow.write_text(slow.read_text().replace('default = "nothing"', 'default = "x", delay_s = 0.2'))
    asked = []
    original = ScriptedModel.reply

    async def counted(self, messages, sampling, on_text=None):
        asked.append(messages[-1].content)
        return await original(self, messages, sampling, on_text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedModel, "reply", counted)
        Study.run(study_file, progress=False).close()
    assert len([prompt for prompt in asked if prompt.startswith("sum of")]) == 1
    assert [row.asks for row in rows_of(study_file.parent)] == [1, 1]


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
    assert (before.rows, before.rows_done) == (8, 0)
    assert {load.purpose: load.calls for load in before.loads} == {
        "scaffolds": 8,
        "direct": 8,
        "asks": 32,
    }
    assert before.seconds is not None
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
    assert {load.basis for load in plan.loads} == {"on record"}
    assert plan.disk_bytes > 0


def second_solver(study_file):
    """A second solver, and a config that names both."""
    registry = study_file.with_name("registry.toml")
    card = registry.read_text().split("[[model]]")[1]
    registry.write_text(registry.read_text() + "[[model]]" + card.replace("script-solver", "other"))
    study_file.write_text(
        study_file.read_text().replace('["script-solver"]', '["script-solver", "other"]')
    )


def test_a_scaffold_is_generated_once_and_runs_with_every_solver(study_file):
    second_solver(study_file)
    with Study.run(study_file, progress=False) as study:
        rows, calls = study.rows(), study.calls()
    assert len(rows) == 16
    assert (calls["model"] == "script-generator").sum() == 8
    assert rows.groupby("item_id")["scaffold_id"].nunique().max() == 1


def test_a_plan_for_a_second_solver_counts_no_scaffold_again(study_file):
    Study.run(study_file, progress=False).close()
    second_solver(study_file)
    plan = plan_study(StudyConfig.load(study_file), study_file.parent)
    assert plan.rows - plan.rows_done == 8
    assert {load.purpose: load.calls for load in plan.loads} == {
        "scaffolds": 0,
        "direct": 16,
        "asks": 6,
    }


def test_how_many_units_are_in_flight_changes_no_row(study_file, tmp_path):
    text = study_file.read_text()
    folders = []
    for width in (1, 16):
        study_file.write_text(text + f"concurrency = {width}\n")
        folders.append(tmp_path / f"width-{width}")
        Study.run(study_file, folders[-1], progress=False).close()
    assert rows_of(folders[0]) == rows_of(folders[1])


def test_a_corrected_gold_gives_new_rows_and_the_old_ones_leave_the_numbers(study_file):
    Study.run(study_file, progress=False).close()
    items = study_file.with_name("items.jsonl")
    items.write_text(items.read_text().replace('"gold": "A"', '"gold": "B"'))
    with Study.run(study_file, progress=False) as study:
        rows = study.rows()
        assert len(rows) == 8
        assert set(rows["gold"]) == {("B",)}
        assert study.store.counts().unasked == 24
        assert study.summary().retained == 8


def test_a_study_in_a_folder_with_brackets_and_spaces_runs(study_file, tmp_path):
    place = tmp_path / "my [study] é"
    place.mkdir()
    for name in ("items.jsonl", "registry.toml", "study.toml"):
        (place / name).write_text(study_file.with_name(name).read_text())
    (place / "items.jsonl").rename(place / "items[1].jsonl")
    config = place / "study.toml"
    config.write_text(config.read_text().replace("items.jsonl", "items[1].jsonl"))
    Study.run(config, tmp_path / "out [x]", progress=False).close()
    assert len(rows_of(tmp_path / "out [x]")) == 8


def test_a_study_file_written_by_hand_is_never_overwritten(study_file):
    mine = study_file.read_text() + "# mine\n"
    study_file.write_text(mine)
    Study.run(study_file, progress=False).close()
    other = study_file.with_name("other.toml")
    other.write_text(mine.replace("[models]", "per_dataset = 2\n[models]"))
    with pytest.raises(ConfigError, match="another study file, written by hand"):
        Study.run(other, progress=False)
    assert study_file.read_text() == mine


def test_a_generator_is_refused_as_a_solver(study_file):
    study_file.write_text(
        study_file.read_text().replace('["script-solver"]', '["script-generator"]')
    )
    with pytest.raises(ConfigError, match="'script-generator' is no solver"):
        Study.run(study_file, progress=False)


def test_status_needs_neither_items_nor_models(study_file, tmp_path):
    Study.run(study_file, tmp_path / "study", progress=False).close()
    for name in ("items.jsonl", "registry.toml"):
        study_file.with_name(name).unlink()
    with Study.open(tmp_path / "study") as study:
        counts = study.store.counts()
    assert (counts.done, counts.expected, counts.unasked) == (8, 8, 0)


def test_texts_with_lone_surrogates_run_to_a_report(study_file):
    items = study_file.with_name("items.jsonl")
    items.write_text(items.read_text().replace("1 + 2 n5", "1 + 2 \\ud800"))
    with Study.run(study_file, progress=False) as study:
        assert len(study.rows()) == 8
        assert study.report().is_file()


def test_a_call_that_was_refused_is_tried_again_in_a_larger_window(study_file):
    registry = study_file.with_name("registry.toml")
    small = registry.read_text().replace("context_tokens = 4096", "context_tokens = 80", 1)
    large = registry.read_text()
    original = ScriptedModel.reply

    async def windowed(self, messages, sampling, on_text=None):
        if self.card.context_tokens < 100 and messages[-1].content.startswith("1 + 2"):
            raise ContextOverflow("prompt and reply do not fit the context window")
        return await original(self, messages, sampling, on_text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedModel, "reply", windowed)
        registry.write_text(small)
        Study.run(study_file, progress=False).close()
        before = {row.direct_status for row in rows_of(study_file.parent)}
        registry.write_text(large)
        Study.run(study_file, progress=False).close()
    assert before == {"error", "answered"}
    assert {row.direct_status for row in rows_of(study_file.parent)} == {"answered"}


def test_a_program_that_asks_what_can_not_be_served_fails_by_itself_and_keeps_its_facts(study_file):
    program = (
        'GENERATOR_ANSWER = "A"\nDIFFICULTY = "hard"\n\ndef solve(item, ask):\n'
        '    ask("sum of 1 + 2")\n    return ask("choose", choices=["", ""])\n'
    )
    registry = study_file.with_name("registry.toml")
    lines = registry.read_text().replace('["", "', f'["n6", {json.dumps(program)}], ["", "')
    registry.write_text(lines)
    with Study.run(study_file, progress=False) as study:
        rows = study.rows()
        row = rows[rows["assisted_status"] == "exception"].iloc[0]
        assert (row.asks, row.generator_letter, row.difficulty) == (2, "A", "hard")
        assert row.assisted_tokens > 0
        assert "could not answer this prompt" in row.assisted_detail
        assert study.summary().retained == 8


def test_replies_that_leave_no_room_for_a_prompt_are_refused_before_anything_runs(study_file):
    study_file.write_text(study_file.read_text() + "[generator]\nmax_tokens = 5000\n")
    with pytest.raises(ConfigError, match=r"no prompt fits.*'script-generator'.*\[generator\]"):
        Study.run(study_file, progress=False)


def test_a_study_of_which_no_row_can_be_used_says_why_and_exits_with_1(study_file):
    sizes = count(1000)

    async def refuse(self, messages, sampling, on_text=None):
        raise ContextOverflow("prompt and reply do not fit the context window", got=next(sizes))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedModel, "reply", refuse)
        ran = CliRunner().invoke(cli, ["study", "run", str(study_file)])
        told = CliRunner().invoke(cli, ["study", "status", str(study_file.parent)])
    assert ran.exit_code == 1
    assert told.exit_code == 0
    for result in (ran, told):
        assert "8 rows failed: context_overflow: prompt and reply do not fit" in result.output
        assert "(and 7 more that differ only in numbers)" in result.output
        assert result.output.count("rows failed") == 1
    assert "none of 8 rows is retained" in ran.output


def test_what_is_to_be_known_of_the_items_is_in_the_plan_and_in_the_report(study_file):
    rows = [{**row, "source": "a book"} for row in ROWS]
    rows[0]["options"] = {"A": " 3", "B": "4", "C": "5"}
    rows[1]["gold"] = None
    (study_file.parent / "items.jsonl").write_text("\n".join(map(json.dumps, rows)))
    config = StudyConfig.load(study_file)
    remarks = plan_study(config, try_models=False).remarks
    assert "items.jsonl: columns not used: source" in remarks
    assert "items.jsonl: 1 without gold" in remarks
    assert any("white space around it; it is gold in 1" in remark for remark in remarks)
    with Study.run(config, study_file.parent, progress=False) as study:
        page = study.report().read_text("utf-8")
    missing = page[page.index('<section id="missing">') :]
    assert "columns not used: source" in missing
    assert "1 without gold" in missing


def test_a_plan_of_items_without_any_answer_is_an_error(study_file):
    rows = [{name: row[name] for name in ("question", "options")} for row in ROWS[:2]]
    (study_file.parent / "items.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(ItemError, match="has an answer"):
        plan_study(StudyConfig.load(study_file), try_models=False)
    text = study_file.read_text().replace("[items]", '[items]\ngold = "none"')
    study_file.write_text(text)
    assert plan_study(StudyConfig.load(study_file), try_models=False).items == 2


def test_a_program_sees_texts_as_a_prompt_shows_them(study_file):
    row = {**ROWS[0], "options": {"A": "3 ", "B": "4"}}
    (study_file.parent / "items.jsonl").write_text(json.dumps(row))
    with Study.run(study_file, progress=False) as study:
        (row,) = study.rows().to_dict("records")
        (item,) = study.store.items()
    # The scripted program compares an option with the solver's "3".
    assert row["assisted_letter"] == "A"
    assert item.options["A"] == "3 "
