"""`cgr-nb export` and `cgr-nb verify`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tampering import change, rehash

from cgr_nb.bundle.archive import write_archive
from cgr_nb.cli.export import command as export
from cgr_nb.cli.verify import command as verify


def run(command, *arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_what_is_exported_verifies(study_folder, tmp_path):
    made = run(export, study_folder, "-o", tmp_path / "p.zip", "--json")
    assert made.exit_code == 0, made.output
    assert len(json.loads(made.stdout)["sha256"]) == 64
    checked = run(verify, tmp_path / "p.zip", "--isolation", "limits")
    assert checked.exit_code == 0, checked.output
    assert checked.stdout.rstrip().endswith("verified")


def test_what_does_not_verify_is_listed_and_exits_with_one(members, tmp_path):
    row = change(members, "rows", 0, direct_letter="B", direct_tokens=1)
    rehash(members)
    path = write_archive(members, tmp_path / "p.zip")
    checked = run(verify, path, "--no-replay")
    assert checked.exit_code == 1
    assert f"rows.jsonl {row['id']}: direct_tokens is 1" in checked.stdout
    assert "NOT VERIFIED" in checked.stdout
    found = json.loads(run(verify, path, "--no-replay", "--json").stdout)
    assert found["ok"] is False
    assert found["problems"][0].keys() == {"where", "what"}


@pytest.mark.parametrize("form", ["inspect", "lm-eval"])
def test_other_formats_are_written_into_a_new_folder(form, study_folder, tmp_path):
    out = tmp_path / "out"
    made = run(export, study_folder, "--format", form, "-o", out, "--json")
    assert made.exit_code == 0, made.output
    files = [path for path in out.rglob("*") if path.is_file()]
    assert json.loads(made.stdout)["files"] == len(files) > 2
    again = run(export, study_folder, "--format", form, "-o", out)
    assert "target already exists" in str(again.exception)


def test_audits_are_probed_again_when_that_is_asked_for(full_package):
    checked = run(verify, full_package, "--no-replay", "--reprobe", "--isolation", "limits")
    assert checked.exit_code == 0, checked.output
    assert "probed again" in checked.stdout
