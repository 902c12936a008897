"""How much of a study is hard-coded: one number, wherever it is told."""

from __future__ import annotations

import re
from dataclasses import asdict
from html import unescape

import pytest

from cgr_nb.records import Verdict
from cgr_nb.report.headline import hard_coded_words
from cgr_nb.store import BehaviouralAudit
from cgr_nb.widgets import Auditor, Results


@pytest.fixture
def judged_study(own_study):
    """Probes accuse one program that reading does not; people accuse another, and take one verdict
    back of a third."""
    programs = {source: id for id, source, _ in own_study.store.programs.written()}
    items = {id: item for id, _, item in own_study.store.programs.written()}

    def named(words: str) -> str:
        return next(id for source, id in programs.items() if words in source)

    adds, raises, asks = (
        named(words) for words in ("What is 9 times 3?", "reply.split", "choices=list")
    )
    probe = {"name": "the record", "blank": False, "order": "as given", "letter": "B"}
    probes = [{**probe, "text": "x", "status": "ok"}] * 2
    own_study.store.audits.add(
        BehaviouralAudit(adds, items[adds], "independent", ("B",), "letter", tuple(probes))
    )
    for number, (program, label) in enumerate(
        [
            (raises, "hard_coded"),
            (asks, "clean"),
            (asks, "hard_coded"),
            (asks, "withdrawn"),
        ]
    ):
        own_study.judge(Verdict(program, "ann", label, "", f"2026-01-01T00:00:0{number}Z"))
    return own_study


def test_headline_tables_panels_and_study_say_the_same(judged_study, tmp_path):
    share = judged_study.hard_coded_share()
    assert (share.programs, share.programs_of, share.probed, share.judged) == (3, 5, 1, 2)
    assert 0 < share.rows < share.rows_of

    first = judged_study.audit_shares()[0]
    assert first["finding"] == "judged"
    assert (first["programs"], first["programs_of"]) == (share.programs, share.programs_of)
    assert (first["rows"], first["rows_of"]) == (share.rows, share.rows_of)

    words = hard_coded_words(share)
    panel = Results(judged_study, resamples=10)
    assert f"Validity: {words}." in panel.headline
    assert Auditor(judged_study, probing=False).head["hard_coded"] == asdict(share)

    page = unescape(judged_study.report(tmp_path / "report.html").read_text("utf-8"))
    panel = Results(judged_study)
    panel.settle()
    lines = (sentence.partition(": ") for sentence in panel.headline)
    assert all(f"<li><strong>{label}:</strong> {rest}</li>" in page for label, _, rest in lines)
    row = re.search(
        rf"<th scope=\"row\">{re.escape(first['meaning'][:20])}.*?</tr>", page, re.DOTALL
    )
    cells = re.findall(r"<td>(.*?)</td>", row[0])
    assert [cells[0], cells[1]] == [str(share.programs), str(share.programs_of)]
    assert [cells[3], cells[4]] == [str(share.rows), str(share.rows_of)]
    # Of three verdicts of one program, the first stands.
    assert "withdrawn" not in page


def test_programs_too_many_to_read_at_once_are_told_once_they_are_read(judged_study, monkeypatch):
    monkeypatch.setattr("cgr_nb.widgets.results.READ_AT_ONCE", 2)
    panel = Results(judged_study, resamples=10)
    assert not any("hard-coded" in sentence for sentence in panel.headline)
    panel.read_programs()
    words = hard_coded_words(judged_study.hard_coded_share())
    assert f"Validity: {words}." in panel.headline
    panel.refresh()
    assert f"Validity: {words}." in panel.headline
