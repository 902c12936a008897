"""What an export holds, and that it is the same twice."""

from __future__ import annotations

import json
import shutil
import zipfile

import pytest
from made_rows import raw_sql
from tampering import lines

from cgr_nb.answer_record import Answer, ReadOut, RunEntry, Setup, Step, Totals, TrailEntry
from cgr_nb.api import Study
from cgr_nb.bundle import PackageError, export_package
from cgr_nb.bundle.archive import read_archive
from cgr_nb.bundle.dictionary import columns
from cgr_nb.bundle.tables import TABLES
from cgr_nb.records import Verdict
from cgr_nb.verify import verify_package


def verified(path):
    return verify_package(path, isolation="limits")


def test_two_exports_are_the_same_bytes(study_folder, package, tmp_path):
    again = export_package(study_folder, tmp_path / "again.zip")
    assert again.read_bytes() == package.read_bytes()


def test_a_package_verifies_and_every_program_runs_alike(package):
    found = verified(package)
    assert found.problems == ()
    assert found.checked["replayed"] == found.checked["replayed alike"] == 5
    assert found.checked["rows"] == 6


def test_a_folder_verifies_like_a_zip_file(study_folder, tmp_path):
    folder = export_package(study_folder, tmp_path / "package")
    assert (folder / "rows.jsonl").is_file()
    assert verified(folder).ok


def test_a_folder_that_holds_something_is_not_written_over(study_folder, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(PackageError, match="the target already exists"):
        export_package(study_folder, tmp_path)


def test_plain_tools_open_a_package(package):
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        assert {table.file for table in TABLES} <= set(archive.namelist())


def test_the_summary_is_that_of_the_study_and_of_its_audits(full_folder, full_members):
    with Study.open(full_folder) as study:
        summary = study.summary()
        due = {**summary.to_dict(), "audits": study.audit_shares()}
        failures, metadata = study.extraction_failures(), study.response_metadata()
    found = json.loads(full_members["summary.json"])
    told = {
        name: found.pop(name)
        for name in ("extraction_failures", "response_metadata", "groups", "losses", "materials")
    }
    assert found == json.loads(json.dumps(due))
    # What replies were like is in the package as the report shows it.
    keys = ["model", "channel", "status", "failed", "n"]
    assert [[line[key] for key in keys] for line in told["extraction_failures"]] == (
        failures[keys].to_numpy().tolist()
    )
    keys = ["model", "channel", "measure", "n", "of"]
    assert [[line[key] for key in keys] for line in told["response_metadata"]] == (
        metadata[keys].to_numpy().tolist()
    )
    assert told["losses"][0]["losses"] == summary.flips["losses"]
    assert set(told["groups"]) == {"solver", "dataset"}


def test_what_people_say_counts_in_the_summary_as_in_the_study(full_folder, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(full_folder, folder)
    with Study.open(folder) as study:
        before = study.hard_coded_share()
        audits = study.audits()
        program = audits.loc[audits["judgement"] != "hard_coded", "program_id"].iloc[0]
        for label in ("clean", "hard_coded", "unsure", "withdrawn"):
            study.judge(Verdict(program, "a reader", label, "", "2026-01-02T00:00:00+00:00"))
        after = study.hard_coded_share()
    package = export_package(folder, tmp_path / "package")
    first = json.loads((package / "summary.json").read_bytes())["audits"][0]
    assert first["programs"] == after.programs == before.programs + 1
    assert (first["programs_of"], first["rows"]) == (after.programs_of, after.rows)
    assert verified(package).ok


def test_no_folder_of_the_machine_is_named(study_folder, members):
    place = str(study_folder).encode()
    assert [name for name, data in members.items() if place in data] == []


def test_every_column_has_a_meaning(members):
    text = members["data_dictionary.md"].decode()
    for table in TABLES:
        for name, _, _, meaning in columns(table.kind):
            assert meaning, f"{table.file}: {name}"
            assert f"`{name}`" in text


@pytest.mark.parametrize(
    "kind", [Answer, TrailEntry, ReadOut, RunEntry, Step, Totals, Setup], ids=lambda k: k.__name__
)
def test_every_field_of_an_answer_and_of_what_stands_in_it_has_a_meaning(kind, members):
    text = members["data_dictionary.md"].decode()
    for name, type_words, _, meaning in columns(kind):
        assert meaning, name
        assert f"| `{name}` | {type_words} |" in text


def test_no_line_of_the_dictionary_has_an_empty_meaning(members):
    grid = [line for line in members["data_dictionary.md"].decode().splitlines() if "|" in line]
    assert [line for line in grid if line.rstrip(" |").count("|") < line.count("|") - 1] == []


def test_a_call_that_was_refused_is_on_record_and_is_refused_again(package, members):
    (call,) = [call for call in lines(members, "calls") if call["reply"] is None]
    assert call["error"].startswith("refused")
    assert [row["assisted_status"] for row in lines(members, "rows")].count("exception") == 1
    assert verified(package).ok


def test_a_running_study_is_exported_as_unfinished(study_folder, tmp_path):
    copy = tmp_path / "study"
    shutil.copytree(study_folder, copy)
    with Study.open(copy) as study:
        item = study.items()["id"].iloc[0]
        for table in ("answers", "executions"):
            raw_sql(study.store, f"DELETE FROM {table} WHERE item_id = ?", item)
    part = export_package(copy, tmp_path / "part.zip")
    found = verified(part)
    assert found.problems == ()
    assert found.checked["rows"] == 5
    assert any("3 of 18 answers are not there yet" in note.what for note in found.notes)
    manifest = json.loads(read_archive(part)["manifest.json"])
    counts = [manifest[name] for name in ("rows", "units", "answers", "answers_due", "complete")]
    assert counts == [5, 6, 15, 18, False]


def test_a_study_that_was_stopped_between_two_arms_has_no_row_yet_and_verifies(
    study_folder, tmp_path
):
    copy = shutil.copytree(study_folder, tmp_path / "study")
    with Study.open(copy) as study:
        raw_sql(
            study.store,
            "DELETE FROM answers WHERE arm != 'direct' AND id IN (SELECT max(id) FROM answers"
            " WHERE arm = 'generator_only')",
        )
    found = verified(export_package(copy, tmp_path / "part.zip"))
    assert found.problems == ()
    assert (found.checked["rows"], found.checked["answers"]) == (5, 17)
    assert any("1 of 18 answers are not there yet" in note.what for note in found.notes)


def test_what_the_study_no_longer_asks_for_stays_behind(study_folder, tmp_path):
    copy = shutil.copytree(study_folder, tmp_path / "study")
    text = (copy / "study.toml").read_text()
    (copy / "study.toml").write_text(text.replace("[models]", "per_dataset = 3\n[models]"))
    Study.run(copy / "study.toml", progress=False).close()
    found = verified(export_package(copy, tmp_path / "smaller.zip"))
    assert found.problems == ()
    assert found.checked["items"] == found.checked["rows"] == 3


def test_a_study_file_that_was_changed_after_the_run_is_not_exported(study_folder, tmp_path):
    copy = shutil.copytree(study_folder, tmp_path / "study")
    with (copy / "study.toml").open("r+") as file:
        text = file.read()
        file.seek(0)
        file.write("seed = 5\n" + text)
    with pytest.raises(PackageError, match="another study"):
        export_package(copy, tmp_path / "p.zip")


def test_progress_reaches_its_end(study_folder, package, tmp_path):
    told = []
    export_package(study_folder, tmp_path / "a.zip", lambda *now: told.append(now))
    assert told[-1][1] == told[-1][2]
    told.clear()
    verify_package(package, lambda *now: told.append(now), isolation="limits")
    assert told[-1] == ("replays", 5, 5)
