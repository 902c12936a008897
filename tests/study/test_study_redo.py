"""Calls that are superseded and asked again, and what goes with them."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from made_rows import arms_of, rows_of

from cgr_nb import Study
from cgr_nb.cli import cli
from cgr_nb.errors import ConfigError, RequestError, StoreError
from cgr_nb.models import ScriptedModel
from cgr_nb.records import Reply
from cgr_nb.store import Store
from cgr_nb.store.lock import FolderLock
from cgr_nb.study import StudyConfig, plan_study
from cgr_nb.study.redo import parse_time

ARMS = ("cot", "self_consistency", "foreign_scaffold", "stub_solver", "pal")
TABLES = ("calls", "scaffolds", "executions", "answers", "setups", "dependence")


@pytest.fixture
def arms_file(study_file):
    """The scripted study, with arms."""
    study_file.write_text(f"arms = {json.dumps(ARMS)}\n{study_file.read_text()}")
    return study_file


def record(folder):
    """The rows and answers of a study."""
    with Store.open(folder) as store:
        return rows_of(store), arms_of(store)


def table(folder, name):
    with sqlite3.connect(folder / "study.sqlite") as connection:
        return connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()


def everything(folder):
    return {
        name: table(folder, name) for name in (*TABLES, *(f"superseded_{one}" for one in TABLES))
    }


def misbehaving(monkeypatch, bad, when=lambda card, asked: True):
    """Let models do otherwise for a while; returns what was asked of them."""
    original, asked = ScriptedModel.reply, []

    async def reply(self, messages, sampling, on_text=None):
        asked.append((self.card.name, messages[-1].content))
        if when(self.card, messages[-1].content):
            return bad()
        return await original(self, messages, sampling, on_text)

    monkeypatch.setattr(ScriptedModel, "reply", reply)
    return asked


def refuse():
    raise RequestError("the endpoint can't serve this request", got="unknown parameter")


def say_nothing():
    return Reply("", "stop", "", 5, 0, 0.0)


def run_badly(file, bad, when=lambda card, asked: True):
    with pytest.MonkeyPatch.context() as patch:
        misbehaving(patch, bad, when)
        Study.run(file, progress=False).close()


def run_and_count(file):
    with pytest.MonkeyPatch.context() as patch:
        asked = misbehaving(patch, say_nothing, lambda card, asked: False)
        Study.run(file, progress=False).close()
    return asked


def test_after_an_hour_of_refusals_a_redo_leads_to_the_study_of_a_good_hour(arms_file, tmp_path):
    run_badly(arms_file, refuse)
    assert {row.direct_status for row in record(arms_file.parent)[0]} == {"error"}
    with Study.open(arms_file.parent) as study:
        done = study.redo(status="error")
    assert (done.rows, done.answers) == (8, 8 * len(ARMS))
    Study.run(arms_file, progress=False).close()
    Study.run(arms_file, tmp_path / "good", progress=False).close()
    assert record(arms_file.parent) == record(tmp_path / "good")


def test_the_refused_calls_of_a_generator_are_found_though_no_record_names_them(study_file):
    run_badly(study_file, refuse, lambda card, asked: card.name == "script-generator")
    with Study.open(study_file.parent) as study:
        by_arm = study.redo(status="error", arm="cgr", dry_run=True)
        one = study.redo(status="error", item=study.rows()["item_id"][0], dry_run=True)
    assert dict(by_arm.calls) == {"script-generator": 8}
    assert by_arm.rows == 8
    assert dict(one.calls) == {"script-generator": 1}
    assert one.rows == 1


def test_a_refused_ask_inside_a_program_is_asked_again(study_file, tmp_path):
    run_badly(study_file, refuse, lambda card, asked: asked.startswith("sum of"))
    with Study.open(study_file.parent) as study:
        done = study.redo(status="refused")
    assert dict(done.calls) == {"script-solver": 6}
    assert (done.executions, done.rows) == (6, 6)
    Study.run(study_file, progress=False).close()
    Study.run(study_file, tmp_path / "good", progress=False).close()
    assert record(study_file.parent) == record(tmp_path / "good")


def test_only_the_chosen_calls_are_asked_again(study_file):
    run_badly(study_file, say_nothing, lambda card, asked: asked == "sum of 1 + 2 n5")
    with Study.open(study_file.parent) as study:
        study.redo(status="empty")
    assert run_and_count(study_file) == [("script-solver", "sum of 1 + 2 n5")]
    assert len(record(study_file.parent)[0]) == 8


def test_superseded_records_are_kept_whole_with_time_and_reason(arms_file):
    Study.run(arms_file, progress=False).close()
    before = everything(arms_file.parent)
    with Study.open(arms_file.parent) as study:
        study.redo(model="script-solver", reason="the wrong model was served")
        (redo,) = study.redos()
    after = everything(arms_file.parent)
    for name in TABLES:
        moved = {line[1:] for line in after[f"superseded_{name}"]}
        assert moved | set(after[name]) == set(before[name]), name
        assert moved.isdisjoint(after[name]), name
    assert redo.reason == "the wrong model was served"
    assert datetime.now(UTC) - datetime.fromisoformat(redo.created) < timedelta(days=1)
    assert sum(redo.calls.values()) == len(after["superseded_calls"]) > 0


def test_a_scaffold_that_is_written_again_takes_the_answers_with_it_that_borrowed_it(arms_file):
    Study.run(arms_file, progress=False).close()
    rows, answers = record(arms_file.parent)
    with Study.open(arms_file.parent) as study:
        written = {row.id: study.store.scaffold(row.scaffold_id).call_id for row in rows}
        chosen = rows[0]
        study.redo(model="script-generator", arm="cgr", item=chosen.item_id)
    kept_rows, kept = record(arms_file.parent)
    assert {row.id for row in rows} - {row.id for row in kept_rows} == {chosen.id}
    lost = {answer.id for answer in answers} - {answer.id for answer in kept}
    due = {
        answer.id
        for answer in answers
        if written[chosen.id] in answer.calls_of("generator")
        or (answer.item_id, answer.arm) == (chosen.item_id, "self_consistency")
    }
    assert lost == due
    assert {
        answer.arm for answer in answers if answer.id in lost and answer.item_id != chosen.item_id
    } == {"foreign_scaffold"}
    Study.run(arms_file, progress=False).close()
    assert record(arms_file.parent) == (rows, answers)


def test_an_arm_is_done_again_without_its_rows(arms_file):
    Study.run(arms_file, progress=False).close()
    before = record(arms_file.parent)
    with Study.open(arms_file.parent) as study:
        done = study.redo(arm="cot")
    assert (done.rows, done.answers, dict(done.calls)) == (0, 8, {"script-solver": 8})
    assert {model for model, _ in run_and_count(arms_file)} == {"script-solver"}
    assert record(arms_file.parent) == before


def test_a_plan_of_answers_that_are_missing_beside_whole_rows_counts_their_calls(arms_file):
    Study.run(arms_file, progress=False).close()
    with Study.open(arms_file.parent) as study:
        study.redo(arm=["cot", "pal"])
    plan = plan_study(StudyConfig.load(arms_file), arms_file.parent)
    calls = {load.purpose: load for load in plan.loads}
    assert plan.rows_done == 8
    assert (calls["cot"].calls, calls["pal"].calls) == (8, 8)
    assert calls["cot"].prompt_tokens > 0


def test_a_run_that_no_row_has_yet_is_done_again_with_its_asks(study_file):
    Study.run(study_file, progress=False).close()
    # As if the process had been killed between a run and its row.
    with sqlite3.connect(study_file.parent / "study.sqlite") as connection:
        connection.execute("DELETE FROM answers")
    with Study.open(study_file.parent) as study:
        done = study.redo(model="script-solver")
    assert (done.rows, done.executions) == (0, 6)
    assert len(table(study_file.parent, "executions")) == 1  # the broken program asked nothing


def test_a_program_that_was_stopped_before_it_asked_is_run_again_by_its_status(study_file):
    registry = study_file.with_name("registry.toml")
    early = json.dumps("```python\ndef solve(item, ask):\n    return 1 / 0\n```")
    registry.write_text(registry.read_text().replace('["", ', f'["n6", {early}], ["", ', 1))
    Study.run(study_file, progress=False).close()
    with Study.open(study_file.parent) as study:
        done = study.redo(status="exception", model="script-solver")
    assert (dict(done.calls), done.executions, done.rows) == ({}, 1, 1)
    assert run_and_count(study_file) == []
    assert len(record(study_file.parent)[0]) == 8


def test_calls_are_chosen_by_the_time_they_were_made(study_file):
    Study.run(study_file, progress=False).close()
    with sqlite3.connect(study_file.parent / "study.sqlite") as connection:
        connection.execute("UPDATE calls SET made = '2026-01-01T12:00:00+00:00'")
        connection.execute(
            "UPDATE calls SET made = '2026-01-01T14:30:00+00:00' WHERE model = 'script-generator'"
        )
        connection.execute("UPDATE calls SET made = NULL WHERE reply = '3'")
    with Study.open(study_file.parent) as study:
        late = study.redo(since="2026-01-01T14:00+00:00", dry_run=True)
        hour = study.redo(
            since="2026-01-01T12:00+00:00", until="2026-01-01T13:00:00Z", dry_run=True
        )
        none = study.redo(since="2026-01-01T15:00+00:00", dry_run=True)
    assert dict(late.calls) == {"script-generator": 8}
    assert set(hour.calls) == {"script-solver"}
    assert none.is_empty
    assert none.undated == late.undated > 0


def test_a_time_is_a_moment_or_how_long_ago():
    ago = datetime.now(UTC) - parse_time("1h30m")
    assert timedelta(minutes=89) < ago < timedelta(minutes=91)
    assert parse_time("2026-11-29T14:00+02:00") == datetime(2026, 11, 29, 12, tzinfo=UTC)
    assert parse_time("2026-11-29") == datetime(2026, 11, 29).astimezone(UTC)
    for text in ("never", "", "2", "99999-01-01", "2026-13-01", "1e9h"):
        with pytest.raises(ConfigError, match="not a"):
            parse_time(text)


def test_a_dry_run_counts_and_changes_nothing(arms_file):
    Study.run(arms_file, progress=False).close()
    before = everything(arms_file.parent)
    with Study.open(arms_file.parent) as study:
        planned = study.redo(status="none", dry_run=True)
        assert everything(arms_file.parent) == before
        assert study.redos() == []
        done = study.redo(status="none")
    assert planned.number is None
    assert done.number == 1
    assert (planned.calls, planned.rows, planned.answers) == (done.calls, done.rows, done.answers)


def test_nothing_that_matches_is_no_redo(study_file):
    Study.run(study_file, progress=False).close()
    before = everything(study_file.parent)
    with Study.open(study_file.parent) as study:
        done = study.redo(status="timeout")
        assert done.is_empty
        assert study.redos() == []
    assert everything(study_file.parent) == before


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({}, "nothing was selected to redo"),
        ({"status": "tmeout"}, "did you mean 'timeout'"),
        ({"model": "script-solvr"}, "did you mean 'script-solver'"),
        ({"arm": "cot"}, "no such arm"),
        ({"dataset": "sum"}, "did you mean 'sums'"),
        ({"item": "0" * 20}, "no such item"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "the time range is empty"),
    ],
)
def test_what_the_study_does_not_have_is_one_clear_error(study_file, named, said):
    Study.run(study_file, progress=False).close()
    before = everything(study_file.parent)
    with Study.open(study_file.parent) as study, pytest.raises(ConfigError, match=said) as error:
        study.redo(**named)
    assert "\n" not in str(error.value)
    assert everything(study_file.parent) == before


def test_a_study_that_is_being_run_is_left_alone(study_file):
    Study.run(study_file, progress=False).close()
    with (
        Study.open(study_file.parent) as study,
        FolderLock(study_file.parent),
        pytest.raises(StoreError, match="another process is running this study"),
    ):
        study.redo(model="script-solver")


def test_a_redo_needs_neither_item_files_nor_models(arms_file, tmp_path):
    Study.run(arms_file, tmp_path / "study", progress=False).close()
    for name in ("items.jsonl", "registry.toml"):
        arms_file.with_name(name).unlink()
    with Study.open(tmp_path / "study") as study:
        assert study.redo(status="no_program").rows == 1


def test_the_same_calls_can_be_done_again_twice(study_file):
    Study.run(study_file, progress=False).close()
    before = record(study_file.parent)
    for _ in range(2):
        with Study.open(study_file.parent) as study:
            study.redo(model="script-generator")
        Study.run(study_file, progress=False).close()
    assert record(study_file.parent) == before
    with Study.open(study_file.parent) as study:
        assert [redo.number for redo in study.redos()] == [1, 2]
    # The direct answers of 8 items owe the generator nothing.
    assert len(table(study_file.parent, "superseded_answers")) == 2 * 16


@pytest.mark.parametrize("statement", ["INSERT INTO superseded_answers", "DELETE FROM answers"])
def test_a_process_killed_in_the_middle_of_a_redo_has_done_nothing(study_file, statement):
    Study.run(study_file, progress=False).close()
    before = everything(study_file.parent)
    script = textwrap.dedent(
        f"""
        import os, signal, sqlite3
        from pathlib import Path
        from cgr_nb.store import Store
        from cgr_nb.store.superseding import Chosen, supersede

        def watch(text):
            if text.startswith({statement!r}):
                os.kill(os.getpid(), signal.SIGKILL)

        def watched(*place, connect=sqlite3.connect, **options):
            connection = connect(*place, **options)
            connection.set_trace_callback(watch)
            return connection

        sqlite3.connect = watched

        with Store.open(Path({str(study_file.parent)!r})) as store:
            answers = frozenset(store.answer_ids())
            calls = frozenset(call.id for call in store.calls())
            chosen = Chosen(calls=calls, answers=answers)
            supersede(store, chosen, "2026-01-01T00:00:00+00:00", "all")
        """
    )
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert everything(study_file.parent) == before
    with Study.open(study_file.parent) as study:
        assert study.redo(model="script-solver").rows == 8
    Study.run(study_file, progress=False).close()
    assert len(record(study_file.parent)[0]) == 8


def test_a_run_after_a_redo_that_is_killed_goes_on(study_file):
    Study.run(study_file, progress=False).close()
    before = record(study_file.parent)
    with Study.open(study_file.parent) as study:
        study.redo(model="script-solver")
    script = textwrap.dedent(
        f"""
        import os, signal
        from cgr_nb import Study

        def kill(now):
            if now.done == 3:
                os.kill(os.getpid(), signal.SIGKILL)

        Study.run({str(study_file)!r}, progress=False, on_progress=kill)
        """
    )
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert 3 <= len(record(study_file.parent)[0]) < 8
    Study.run(study_file, progress=False).close()
    assert record(study_file.parent) == before


def test_the_command_tells_what_it_did_and_what_comes_next(study_file):
    folder = study_file.parent

    def said(*arguments):
        result = CliRunner().invoke(cli, ["study", *arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    said("run", str(study_file))
    dry = said("redo", str(folder), "--status", "no_program", "--dry-run")
    assert "would be superseded: 1 call" in dry
    assert "nothing was changed" in dry
    done = said("redo", str(folder), "--status", "no_program", "--reason", "a bad hour")
    assert "superseded: 1 call" in done
    assert f"cgr-nb study run {folder}" in done
    status = said("status", str(folder))
    assert "7 of 8 rows done" in status
    assert "1 call superseded on" in status
    assert "a bad hour" in status
    found = json.loads(said("status", str(folder), "--json"))
    assert found["superseded_calls"] == 1
    assert found["redos"][0]["reason"] == "a bad hour"
    assert (
        json.loads(said("redo", str(folder), "--model", "script-solver", "--json"))["number"] == 2
    )
    assert "no call matches" in said("redo", str(folder), "--status", "timeout")


def test_what_was_superseded_is_in_no_number_and_is_counted_in_the_report(arms_file, tmp_path):
    run_badly(arms_file, say_nothing, lambda card, asked: card.name == "script-solver")
    with Study.open(arms_file.parent) as study:
        study.redo(status="empty", reason="a <b>bad</b> hour")
    Study.run(arms_file, progress=False).close()
    with (
        Study.open(arms_file.parent) as again,
        Study.run(arms_file, tmp_path / "good", progress=False) as good,
    ):
        assert again.summary().to_dict() == good.summary().to_dict()
        # What took how long is no number of a study, and differs from run to run.
        columns = ["id", "model", "reply", "prompt_tokens", "reply_tokens"]
        assert again.calls()[columns].equals(good.calls()[columns])
        page = again.report().read_text("utf-8")
        assert "Superseded calls" in page
        assert "a &lt;b&gt;bad&lt;/b&gt; hour" in page
        assert "Superseded calls" not in good.report().read_text("utf-8")
