from __future__ import annotations

import json

import pytest

from cgr_nb import Study
from cgr_nb.audit.run import audit_study
from cgr_nb.util.blocking import run_blocking

LITERAL = 'def solve(item, ask):\n    ask(item["question"])\n    return "B"\n'


def study_with_one_literal(study_file) -> Study:
    registry = study_file.with_name("registry.toml")
    registry.write_text(
        registry.read_text().replace('["", "', f'["n6", {json.dumps(LITERAL)}], ["", "')
    )
    return Study.run(study_file, progress=False)


def test_the_program_that_ignores_the_solver_is_found_and_the_others_are_not(study_file):
    with study_with_one_literal(study_file) as study:
        verdicts = study.audit(progress=False).set_index("program_id")["verdict"].to_dict()
        by_source = {
            row.source: verdicts[row.program_id]
            for row in study.programs().itertuples()
            if row.program_id in verdicts
        }
    assert by_source.pop(LITERAL) == "independent"
    assert set(by_source.values()) == {"dependent"}


def test_programs_that_never_parsed_are_not_probed(study_file):
    with Study.run(study_file, progress=False) as study:
        broken = set(study.rows().query("assisted_status == 'syntax_error'")["program_id"])
        assert broken
        assert not broken & set(study.audit(progress=False)["program_id"])


def test_an_audit_goes_on_where_it_was_stopped(study_file):
    folder = study_file.parent
    with study_with_one_literal(study_file) as study:
        seen = []

        def stop(now):
            seen.append(now.done)
            if now.done == 1:
                raise RuntimeError("stopped")

        with pytest.raises(RuntimeError, match="stopped"):
            run_blocking(lambda: audit_study(folder, "limits", stop))
        done = len(study.dependence())
        assert done >= 1
        seen.clear()
        run_blocking(lambda: audit_study(folder, "limits", lambda now: seen.append(now.done)))
        assert seen[0] == done
        assert len(study.dependence()) == seen[-1]


def test_the_report_tells_the_audit_once_it_has_been_made(study_file):
    with study_with_one_literal(study_file) as study:
        before = study.report().read_text("utf-8")
        study.audit(progress=False)
        after = study.report().read_text("utf-8")
    assert "answer never changed" not in before
    assert "answer never changed" in after
