"""Shares of programs and rows that a reader should distrust, worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from synthetic_rows import frame, row
from synthetic_study import CLEAN, HARD_CODED

from cgr_nb.analysis.frame import annotate
from cgr_nb.audit import check_program
from cgr_nb.audit.findings import (
    FINDINGS,
    audit_programs,
    audit_shares,
    hard_coded_share,
    plain_shares,
)


@pytest.fixture
def programs():
    return pd.DataFrame(
        [
            {"program_id": "p2", "source": HARD_CODED},
            {"program_id": "p1", "source": CLEAN},
            {"program_id": "p1", "source": CLEAN},
            {"program_id": None, "source": None},
        ]
    )


@pytest.fixture
def rows():
    return annotate(
        frame(
            row(0, program_id="p1"),
            row(1, program_id="p2", asks=0),
            row(2, program_id="p2"),
            row(3, program_id=None, assisted_status="no_program", assisted_letter=None, asks=0),
            row(4, program_id="p2", gold=None),
        )
    )


def test_every_distinct_program_is_audited_once(programs):
    audits = audit_programs(programs)
    assert audits["program_id"].tolist() == ["p1", "p2"]
    assert audits["hard_coded"].tolist() == ["no", "yes"]
    assert audits["fallback"].tolist() == [True, False]
    assert audits["dependence"].tolist() == [None, None]


def test_both_audits_are_joined_into_one_judgement(programs):
    dependence = pd.DataFrame({"program_id": ["p1", "p2"], "verdict": ["independent", "dependent"]})
    joined = audit_programs(programs, dependence).set_index("program_id")
    assert joined["judgement"].to_dict() == {"p1": "hard_coded", "p2": "clean"}
    alone = audit_programs(programs).set_index("program_id")
    assert alone["judgement"].to_dict() == {"p1": "fallback_only", "p2": "hard_coded"}


def test_a_program_of_which_probes_say_nothing_is_judged_by_reading_whatever_marks_a_missing_text(
    programs,
):
    # Frames of a store mark a missing text by NaN, others by None.
    for dtype in ("str", object):
        verdicts = pd.Series([None, "dependent"], dtype=dtype)
        dependence = pd.DataFrame({"program_id": ["p2", "p1"], "verdict": verdicts})
        told = audit_programs(programs, dependence).set_index("program_id")
        assert told["judgement"].to_dict() == {"p1": "fallback_only", "p2": "hard_coded"}
        assert told["dependence"].isna().to_dict() == {"p1": False, "p2": True}


def test_what_people_say_counts_and_leaves_the_audits_as_they_were(programs):
    told = audit_programs(programs, people={"p1": "hard_coded", "elsewhere": "clean"})
    told = told.set_index("program_id")
    assert told["audits"].to_dict() == {"p1": "fallback_only", "p2": "hard_coded"}
    assert told["people"].to_dict() == {"p1": "hard_coded", "p2": None}
    assert told["judgement"].to_dict() == {"p1": "hard_coded", "p2": "hard_coded"}


def test_the_share_that_is_hard_coded_is_the_first_line_of_the_shares(programs, rows):
    dependence = pd.DataFrame({"program_id": ["p1"], "verdict": ["unsure"]})
    for people in ({}, {"p1": "hard_coded"}, {"p2": "clean"}):
        audits = audit_programs(programs, dependence, people)
        share = hard_coded_share(audits, rows)
        first, second, third = plain_shares(audit_shares(audits, rows))[:3]
        assert (third["finding"], third["programs"]) == ("audits", 1)
        assert (share.programs, share.programs_of) == (first["programs"], first["programs_of"])
        assert (share.rows, share.rows_of) == (first["rows"], first["rows_of"])
        assert share.unsure == second["programs"]
        assert (share.probed, share.judged) == (1, len(people))
    # p2 was cleared by people; of p1 nobody and nothing can tell.
    assert (share.programs, share.unsure, share.rows, share.rows_of) == (0, 1, 0, 4)


def test_every_share_stands_beside_what_it_is_of(programs, rows):
    verdicts = pd.DataFrame({"program_id": ["p2"], "verdict": ["independent"]})
    for line in plain_shares(audit_shares(audit_programs(programs, verdicts), rows)):
        assert line["rows_of"] == 4
        assert line["row_share"] == line["rows"] / 4
        if line["programs"] is None:
            assert (line["programs_of"], line["program_share"]) == (None, None)
        else:
            assert line["program_share"] == line["programs"] / line["programs_of"]


def test_a_program_that_was_read_before_is_not_read_again(programs):
    (p1, p2) = (check_program(source) for source in (CLEAN, HARD_CODED))
    told = audit_programs(programs, known={"p1": p2, "p2": p1})
    assert told["hard_coded"].tolist() == ["yes", "no"]


def test_a_letter_that_followed_the_belief_is_read_off_the_probes(programs):
    probe = {"name": "the record", "blank": False, "order": "as given", "text": "x", "status": "ok"}
    probes = [probe | {"letter": "A"}, probe | {"letter": "A"}]
    moved = [*probes, probe | {"letter": "B", "belief": "B"}]
    verdicts = {"program_id": ["p1", "p2"], "verdict": ["dependent"] * 2, "probes": [moved, probes]}
    audits = audit_programs(programs, pd.DataFrame(verdicts)).set_index("program_id")
    assert audits["believes"].to_dict() == {"p1": True, "p2": False}
    assert audits.loc["p1", "judgement"] == "hard_coded"


def test_evidence_names_the_line(programs):
    assert any(line.startswith("line 7: ") for line in audit_programs(programs)["evidence"][1])


def test_shares_by_hand(programs, rows):
    shares = audit_shares(audit_programs(programs), rows).set_index("finding")
    assert shares.loc[
        "hard_coded", ["programs", "program_share", "rows", "row_share"]
    ].tolist() == [
        1,
        0.5,
        2,
        0.5,
    ]
    assert shares.loc["fallback", ["programs", "rows"]].tolist() == [1, 1]
    assert shares.loc["never_asked", "rows"] == 1
    assert shares.loc["no_program", "rows"] == 1
    assert "independent" not in shares.index


def test_replayed_programs_are_shares_of_those_replayed(programs, rows):
    verdicts = pd.DataFrame({"program_id": ["p2"], "verdict": ["independent"]})
    shares = audit_shares(audit_programs(programs, verdicts), rows).set_index("finding")
    assert shares.loc["independent", ["programs", "program_share", "rows"]].tolist() == [1, 1.0, 2]
    assert shares.loc["dependent", ["programs", "program_share"]].tolist() == [0, 0.0]


def test_every_finding_is_explained(programs, rows):
    verdicts = pd.DataFrame({"program_id": ["p1"], "verdict": ["dependent"]})
    shares = audit_shares(audit_programs(programs, verdicts), rows)
    assert shares["finding"].tolist() == list(FINDINGS)
    assert shares["meaning"].tolist() == list(FINDINGS.values())


def test_a_study_without_programs_has_shares_without_numbers():
    nothing = pd.DataFrame({"program_id": [], "source": []})
    shares = audit_shares(audit_programs(nothing), annotate(frame())).set_index("finding")
    assert shares.loc["hard_coded", "programs"] == 0
    assert pd.isna(shares.loc["hard_coded", "program_share"])


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_verdict_that_is_missing_says_nothing_however_a_frame_holds_it(programs, missing):
    probed = pd.DataFrame({"program_id": ["p1", "p2"], "verdict": [missing, missing]}, dtype=object)
    found, unprobed = audit_programs(programs, probed), audit_programs(programs)
    assert found["dependence"].isna().all()
    assert found["audits"].tolist() == unprobed["audits"].tolist()
    assert "hard_coded" in found["audits"].tolist()
