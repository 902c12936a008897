from __future__ import annotations

import json

import pytest
import small_study

from cgr_nb.audit import review_queue
from cgr_nb.errors import CgrError
from cgr_nb.store import BehaviouralAudit
from cgr_nb.widgets import Auditor
from cgr_nb.words import VERDICT_WORDS


def auditor(study, rater="ada", **options) -> Auditor:
    return Auditor(study, rater, probing=False, **options)


def test_every_program_is_in_the_queue_once_and_suspects_come_first(study):
    queue = auditor(study).queue.cases()
    assert len({case.program_id for case in queue}) == len(queue) == 5
    assert queue[0].stratum == "flagged"


def test_the_first_of_20000_programs_is_judged_before_the_others_are_read(big_folder, tmp_path):
    with small_study.open_copy(big_folder, tmp_path / "own") as study:
        panel = auditor(study)
        panel.judge("hard_coded")
        assert panel.head["judged"] == 1
        assert panel.head["total"] == 20_000
        assert panel.head["reading"]


def test_recall_waits_until_every_program_is_read(own_study, monkeypatch):
    monkeypatch.setattr(review_queue, "READ_FIRST", 3)
    monkeypatch.setattr(review_queue, "SHOWN_FIRST", 2)
    panel = auditor(own_study)
    assert panel.head["reading"]
    panel.handle({"do": "hello"})  # as a page does once it has drawn the first program
    panel.queue.wait()
    assert not panel.head["reading"]
    for _ in range(5):
        panel.judge("hard_coded")
    assert panel.head["recall"] is not None


def test_one_verdict_is_one_row_in_the_store_and_the_next_program_is_drawn(own_study):
    panel = auditor(own_study)
    first = panel.case.program_id
    panel.judge("hard_coded", "literal in line 9")
    assert panel.case.program_id != first
    (kept,) = own_study.store.verdicts()
    assert (kept.program_id, kept.rater, kept.label, kept.note) == (
        first,
        "ada",
        "hard_coded",
        "literal in line 9",
    )


def test_the_panel_knows_what_it_put_on_record_last(own_study):
    panel = auditor(own_study)
    first = panel.case.program_id
    assert panel.last == {}
    panel.judge("fallback_only")
    assert panel.last == {"did": "saved", "label": "fallback_only", "program": first}
    panel.undo()
    assert panel.last == {"did": "taken back", "label": "fallback_only", "program": first}


def test_undo_withdraws_the_last_verdict_and_comes_back_to_its_program(own_study):
    panel = auditor(own_study)
    first = panel.case.program_id
    panel.judge("clean")
    panel.judge("clean")
    panel.undo()
    panel.undo()
    assert panel.case.program_id == first
    assert panel.verdict == ""
    assert panel.head["judged"] == 0
    assert [v.label for v in own_study.store.verdicts()] == [
        "clean",
        "clean",
        "withdrawn",
        "withdrawn",
    ]
    with pytest.raises(CgrError, match="no verdict to undo"):
        panel.undo()


def test_a_rater_goes_on_where_they_stopped(own_study):
    panel = auditor(own_study)
    for _ in range(2):
        panel.judge("unsure")
    again = auditor(own_study)
    assert again.case == panel.case
    assert again.head["judged"] == 2


def test_a_mind_changed_counts_once(own_study):
    panel = auditor(own_study)
    panel.judge("clean")
    panel.go(0)
    panel.judge("hard_coded")
    assert panel.head["judged"] == 1
    panel.go(0)
    assert panel.verdict == "hard_coded"


def test_two_raters_stand_side_by_side_with_their_kappa(own_study):
    ada, bo = auditor(own_study), auditor(own_study, "bo")
    for label in ("hard_coded", "clean", "clean", "fallback_only", "unsure"):
        ada.judge(label)
        bo.judge(label)
    assert bo.head["raters"] == {"ada": 5, "bo": 5}
    assert bo.head["alpha"] is None
    assert bo.head["kappa"]["value"] == 1
    assert bo.head["kappa"]["n"] == 5


def test_blind_mode_keeps_evidence_out_of_the_page_until_the_verdict(own_study):
    panel = auditor(own_study, blind=True)
    while panel.case.stratum != "flagged":
        panel.step()
    assert panel.evidence == {}
    panel.attempt(panel.probe)
    assert panel.behaviour == {}
    assert "gives the literal" not in panel.to_html().split('id="state"')[1]
    panel.judge("hard_coded")
    assert "gives the literal" in json.dumps(panel.evidence)
    assert panel.verdict == "hard_coded"


def test_blind_mode_hides_other_raters_and_refuses_what_would_give_them_away(own_study):
    auditor(own_study).judge("hard_coded")
    panel = auditor(own_study, "bo", blind=True)
    assert panel.opinions == []
    for field, value in (("people", "apart"), ("evidence", "clean")):
        panel.handle({"do": "choose", "with": {"field": field, "value": value}})
        assert "reveal hidden evidence" in panel.error
    panel.handle({"do": "adjudicate", "with": {"label": "clean"}})
    assert "hidden until you enter a verdict" in panel.error
    panel.choose("people", "open")
    assert panel.head["fit"] == 5
    panel.judge("clean")
    assert [(said["rater"], said["label"]) for said in panel.opinions] == [
        ("ada", "hard_coded"),
        ("bo", "clean"),
    ]


def test_going_blind_forgets_a_filter_that_gives_evidence_away(own_study):
    panel = auditor(own_study)
    panel.choose("evidence", "hard_coded")
    panel.choose("dataset", "physics")
    panel.set_blind(True)
    assert panel.chosen == {"dataset": "physics", "generator": "", "evidence": "", "people": ""}


def test_probes_show_that_a_literal_never_moves(own_study):
    panel = auditor(own_study)
    while panel.case.stratum != "flagged":
        panel.step()
    assert panel.probe()["verdict"] == "independent"


def to_program(panel, words: str) -> None:
    """Go to the program that holds some words."""
    sources = [case.source for case in panel.queue.cases()]
    panel.go(next(n for n, source in enumerate(sources) if words in source))


def test_replies_that_move_the_answer_are_told_from_those_that_do_not(own_study):
    panel = auditor(own_study)
    to_program(panel, 'ask("What is 9 times 3?")')
    first, second = panel.probe()["replies"]
    assert (first["line"], first["said"][0]) == (9, "27")
    assert second["moved"]
    assert all(end != "B" for _, end, _ in second["moved"])
    to_program(panel, 'check = ask(item["question"])')
    (only,) = panel.probe()["replies"]
    assert only["moved"] == []
    assert only["tried"] > 0
    assert "the reply never reaches the answer" in panel.evidence["notes"]["6"]


def audit_on_record(study, program_id: str) -> None:
    item = next(item for id, _, item in study.store.programs.written() if id == program_id)
    probe = {"name": "every reply 'A'", "blank": False, "order": "as given", "letter": "C"}
    probes = [{**probe, "text": "38 m/s", "status": "ok"}]
    study.store.audits.add(
        BehaviouralAudit(program_id, item, "independent", ("C",), "letter", tuple(probes))
    )


def test_an_audit_on_record_is_shown_at_once_and_not_made_again(own_study):
    program_id = auditor(own_study).case.program_id
    audit_on_record(own_study, program_id)
    # With probing on: a second run would find more than the one probe on record.
    panel = Auditor(own_study, "ada")
    assert panel.case.program_id == program_id
    assert panel.behaviour["verdict"] == "independent"
    assert panel.behaviour["fixed"] == "letter"
    assert [probe["name"] for probe in panel.behaviour["probes"]] == ["every reply 'A'"]


def test_a_probe_that_was_run_is_kept_for_when_the_program_comes_back(own_study):
    panel = auditor(own_study)
    found = panel.probe()
    panel.step()
    assert panel.behaviour == {}
    panel.step(-1)
    assert panel.behaviour == found


def test_a_saved_page_holds_the_programs_around_the_one_shown(study):
    panel = auditor(study)
    panel.go(2)
    cases = panel.saved_state()["cases"]
    assert [one["place"] for one in cases] == list(range(5))
    assert [one["program"]["id"] for one in cases] == [
        case.program_id for case in panel.queue.cases()
    ]
    assert {**cases[2], "place": None} == {
        "place": None,
        **{
            name: getattr(panel, name)
            for name in ("program", "evidence", "behaviour", "verdict", "opinions")
        },
    }


def test_a_saved_page_never_says_that_it_loads_the_others(own_study, monkeypatch):
    monkeypatch.setattr(review_queue, "READ_FIRST", 3)
    monkeypatch.setattr(review_queue, "SHOWN_FIRST", 2)
    panel = Auditor(own_study, rater="me", order_seed=1)
    assert panel.head["reading"]
    assert panel.saved_state()["head"]["reading"] is False


def test_a_saved_page_stays_small_and_always_holds_the_program_shown(study, monkeypatch):
    panel = auditor(study)
    panel.go(3)
    monkeypatch.setattr("cgr_nb.widgets.auditor.SAVED_CASES", 2)
    assert [one["place"] for one in panel.saved_state()["cases"]] == [2, 3]
    monkeypatch.setattr("cgr_nb.widgets.auditor.SAVED_BYTES", 1)
    assert [one["place"] for one in panel.saved_state()["cases"]] == [3]


def test_a_blind_page_holds_no_evidence_of_programs_that_are_not_judged(own_study):
    for case in auditor(own_study).queue.cases():
        audit_on_record(own_study, case.program_id)
    panel = auditor(own_study, blind=True)
    panel.judge("clean")
    panel.step()
    shown = [bool(one["evidence"] or one["behaviour"]) for one in panel.saved_state()["cases"]]
    assert shown == [True, False, False, False, False]
    assert panel.to_html().split('id="state"')[1].count("every reply 'A'") == 1


def test_an_unknown_verdict_is_refused_in_the_panel(own_study):
    panel = auditor(own_study)
    panel.handle({"do": "judge", "with": {"label": "great"}})
    assert "unknown verdict" in panel.error
    assert own_study.store.verdicts() == []


def test_a_rater_needs_a_name(study):
    with pytest.raises(CgrError, match="needs a name"):
        Auditor(study, "  ")


def test_the_verdict_of_both_audits_stands_beside_the_program(own_study):
    panel = auditor(own_study)
    to_program(panel, 'ask("What is 9 times 3?")')
    assert panel.evidence["decision"]["word"] == "fallback_only"
    audit_on_record(own_study, panel.case.program_id)
    panel.go(panel.head["place"])
    assert panel.evidence["decision"] == panel.behaviour["decision"]
    decision = panel.behaviour["decision"]
    assert (decision["word"], decision["by"]) == ("hard_coded", "independent")
    # Reading alone would say another word, and says so; running decides.
    assert [side["alone"] for side in decision["sides"]] == ["fallback_only", ""]


def test_how_much_is_hard_coded_follows_verdicts_and_what_takes_them_back(own_study):
    panel = auditor(own_study)
    to_program(panel, 'ask("What is 9 times 3?")')
    before = panel.head["hard_coded"]
    place = panel.head["place"]
    panel.judge("clean")
    panel.go(place)
    panel.judge("hard_coded")
    after = panel.head["hard_coded"]
    assert after["programs"] == before["programs"] + 1
    assert after["rows"] > before["rows"]
    assert (after["judged"], after["programs_of"]) == (1, 5)
    panel.undo()
    assert panel.head["hard_coded"] == {**before, "judged": 1}
    panel.undo()
    assert panel.head["hard_coded"] == before


def test_a_saved_page_goes_back_and_forth_and_says_what_was_never_probed(own_study, pages):
    panel = auditor(own_study)
    first, second = (case.program_id for case in panel.queue.cases()[:2])
    audit_on_record(own_study, first)
    page = pages.open(Auditor(own_study, "ada"))
    side, back = page.locator(".cgr-side"), page.get_by_role("button", name="back", exact=True)
    assert "no probe changed the answer" in side.inner_text()
    assert back.is_disabled()
    page.get_by_role("button", name="next").click()
    page.get_by_text(f"program {second[:4]}").wait_for()
    assert "not probed; run cgr-nb audit" in side.inner_text()
    page.locator(".cgr-auditor").press("ArrowLeft")
    page.get_by_text(f"program {first[:4]}").wait_for()
    for _ in range(4):
        page.locator(".cgr-auditor").press("ArrowRight")
    page.get_by_text("queue 5 of 5").wait_for()
    assert page.get_by_role("button", name="next").is_disabled()
    assert back.is_enabled()
    assert "open the panel in a notebook" in page.locator(".cgr-on-record").inner_text()


def test_raters_stand_side_by_side_with_what_settles_them(own_study, pages):
    ada, bo, eve = (auditor(own_study, name) for name in ("ada", "bo", "eve"))
    ada.judge("unsure")
    ada.go(0)
    ada.judge("clean", "it follows the replies")
    bo.judge("hard_coded")
    bo.go(0)
    apart = pages.open(bo)
    assert "raters disagree" in apart.locator(".cgr-side").inner_text()
    eve.adjudicate("fallback_only", "line 9")
    assert (eve.last["did"], eve.last["label"]) == ("adjudicated", "fallback_only")
    eve.go(0)
    page = pages.open(eve)
    side, head = page.locator(".cgr-side"), page.locator(".cgr-head").first
    assert "adjudicated by eve: fallback only" in side.inner_text()
    stand = page.locator(".cgr-opinion:not(.cgr-past)")
    assert [text.split("\n")[0] for text in stand.all_inner_texts()] == [
        "ada",
        "bo",
        "eve adjudicated",
    ]
    assert "it follows the replies" in stand.first.inner_text()
    assert page.get_by_text("1 earlier verdict").is_visible()
    assert "2 raters: ada 1, bo 1" in head.inner_text()
    assert "0 apart, 1 adjudicated" in head.inner_text()


def test_what_each_verdict_means_stands_on_the_page(own_study, pages):
    panel = auditor(own_study)
    to_program(panel, 'ask("What is 9 times 3?")')
    page = pages.open(panel)
    legend = page.locator(".cgr-legend")
    for words in VERDICT_WORDS.values():
        assert words.name in legend.inner_text()
        assert words.meaning in legend.inner_text()
    assert VERDICT_WORDS["fallback_only"].meaning in page.locator(".cgr-decision").inner_text()


def test_the_saved_page_shows_evidence_and_says_why_judging_is_off(own_study, pages):
    panel = auditor(own_study)
    while panel.case.stratum != "flagged":
        panel.step()
    panel.probe()
    page = pages.open(panel)
    assert "gives the literal 'C'" in page.locator(".cgr-evidence").last.inner_text()
    assert "no probe changed the answer" in page.locator(".cgr-side").inner_text()
    assert page.get_by_role("button", name="hard-coded").is_disabled()
    assert page.evaluate("document.querySelectorAll('.cgr script, .cgr img').length") == 0
    page.set_viewport_size({"width": 420, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
