"""People judge programs without a panel: queue, verdicts, agreement, probes."""

from __future__ import annotations

import threading

import pytest
from made_rows import raw_sql
from small_study import ADDS, LITERAL, row_id

from cgr_nb.analysis.frame import annotate
from cgr_nb.audit import review_queue
from cgr_nb.audit.counterfactual import probe_replies, reply_effects
from cgr_nb.audit.program_record import RecordedRuns, recorded_dependence
from cgr_nb.audit.review import Review
from cgr_nb.audit.review_queue import Queue, in_order
from cgr_nb.audit.static_reading import StaticReading
from cgr_nb.errors import CgrError
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.explore.run_records import find_run
from cgr_nb.store import Store, WrittenProgram
from cgr_nb.store.thread_local import ThreadLocalStore


def review(study, rater: str = "ada", **options) -> Review:
    return Review(study.store, rater, lambda: annotate(counted_rows(study.store)), **options)


def test_the_queue_opens_with_a_suspect_whatever_the_seed(study):
    cases = Queue(study.store.programs.written(), 0).cases()
    assert {in_order(cases, seed)[0].stratum for seed in range(40)} == {"flagged"}
    third = [in_order(cases, seed)[1].stratum for seed in range(40)]
    assert "unsuspected" in third


def test_the_same_seed_gives_the_same_queue(study):
    cases = Queue(study.store.programs.written(), 0).cases()
    assert in_order(cases, 3) == in_order(cases, 3)
    orders = {tuple(case.program_id for case in in_order(cases, seed)) for seed in range(12)}
    assert len(orders) > 1


def test_a_long_queue_opens_before_it_is_read_and_is_the_same_for_every_rater(study, monkeypatch):
    programs = [
        WrittenProgram(f"{number:04d}", f"def solve(item, ask):\n    return {source}", "item")
        for number, source in enumerate(["'A'", "ask('x')"] * 30)
    ]
    monkeypatch.setattr(review_queue, "READ_FIRST", 16)
    monkeypatch.setattr(review_queue, "SHOWN_FIRST", 8)
    read = threading.Event()
    queues = [Queue(some, 5, read.set) for some in (programs, programs[::-1])]
    first = [[queue[place].program_id for place in range(8)] for queue in queues]
    whole = [[case.program_id for case in queue.cases()] for queue in queues]
    assert first[0] == first[1] == whole[0][:8]
    assert whole[0] == whole[1]
    assert sorted(whole[0]) == [id for id, _, _ in programs]
    assert queues[0].whole
    assert read.wait(5)


def test_a_verdict_is_on_record_at_once_and_the_review_goes_on(own_study):
    ours = review(own_study)
    first = ours.case.program_id
    kept = ours.judge("hard_coded", "line 5")
    ours.go_on()
    assert own_study.store.verdicts() == [kept]
    assert (kept.program_id, kept.rater, kept.note) == (first, "ada", "line 5")
    assert ours.case.program_id != first
    assert review(own_study).case == ours.case


def test_undo_withdraws_the_last_verdict_and_turns_to_its_program(own_study):
    ours = review(own_study)
    first = ours.case.program_id
    ours.judge("clean")
    ours.go_on()
    taken = ours.undo()
    assert (taken.label, taken.verdict.label, ours.case.program_id) == ("clean", "withdrawn", first)
    assert ours.labels() == {}
    with pytest.raises(CgrError, match="no verdict to undo"):
        ours.undo()


def test_two_raters_and_the_detector_are_compared(own_study):
    ada, bo = review(own_study), review(own_study, "bo")
    for label in ("hard_coded", "clean", "clean", "fallback_only", "unsure"):
        for rater in (ada, bo):
            rater.judge(label)
            rater.go_on()
    figures = bo.figures()
    assert (figures.raters, figures.judged, figures.total) == ({"ada": 5, "bo": 5}, 5, 5)
    assert (figures.kappa.value, figures.kappa.n) == (1, 5)
    assert figures.precision is not None
    assert figures.hard_coded.judged == 4  # nobody can say of the fifth


def by_words(study, words: str) -> str:
    """The program that holds some words."""
    return next(id for id, source, _ in study.store.programs.written() if words in source)


def turn_to(ours: Review, program_id: str) -> None:
    ours.go(next(n for n, case in enumerate(ours.queue.cases()) if case.program_id == program_id))


def test_with_three_raters_agreement_is_alpha_too(own_study):
    raters = [review(own_study, name) for name in ("ada", "bo", "cy")]
    for rater, labels in zip(
        raters, (("clean", "unsure"), ("clean", "unsure"), ("clean",)), strict=True
    ):
        for label in labels:
            rater.judge(label)
            rater.go_on()
        if len(labels) == 2 and rater is raters[1]:
            assert rater.figures().alpha is None
    figures = raters[2].figures()
    assert (figures.alpha.value, figures.alpha.n) == (1, 2)
    assert figures.raters == {"ada": 2, "bo": 2, "cy": 1}


def test_a_disagreement_is_settled_without_touching_the_verdicts(own_study):
    ada, bo, eve = (review(own_study, name) for name in ("ada", "bo", "eve"))
    ada.judge("clean", "follows")
    with pytest.raises(CgrError, match=r"no disagreement between raters here \(got ada: clean\)"):
        eve.adjudicate("clean")
    bo.judge("hard_coded")
    apart = eve.figures()
    assert (apart.apart, apart.adjudicated) == (1, 0)
    kept = eve.adjudicate("hard_coded", "line 5")
    assert (kept.rater, kept.label) == ("eve", "adjudicated:hard_coded")
    settled = bo.figures()
    assert (settled.apart, settled.adjudicated) == (0, 1)
    assert settled.raters == {"ada": 1, "bo": 1}
    assert settled.kappa == apart.kappa
    assert [one.label for one in ada.opinions(ada.case)] == ["clean", "hard_coded", "hard_coded"]
    assert len(own_study.store.verdicts()) == 3
    taken = eve.undo()
    assert (taken.label, taken.settled) == ("hard_coded", True)
    assert eve.figures().apart == 1
    with pytest.raises(CgrError, match="unknown verdict"):
        eve.adjudicate("great")


def test_a_filter_narrows_the_queue_and_says_what_else_can_be_chosen(own_study):
    ours = review(own_study)
    assert len(ours.places()) == 5
    assert dict(ours.facets()["evidence"])["hard_coded"] == 1
    ours.choose("evidence", "hard_coded")
    assert [ours.queue[place].source for place in ours.places()] == [LITERAL]
    assert ours.case.source == LITERAL
    figures = ours.figures()
    assert (figures.fit, figures.at, figures.total) == (1, 0, 5)
    ours.step(1)
    assert ours.case.source == LITERAL  # there is no other
    ours.choose("evidence", "")
    ours.choose("dataset", "physics")
    assert dict(ours.facets()["dataset"]) == {"physics": 5, "medicine": 5, "series": 5}
    with pytest.raises(CgrError, match="can't be chosen by that"):
        ours.choose("mood", "good")


def test_a_filter_that_nothing_fits_leaves_the_program_on_the_table(own_study):
    ours = review(own_study)
    before = ours.case
    ours.choose("generator", "nobody")
    assert ours.case == before
    assert (ours.figures().fit, ours.figures().at) == (0, None)
    assert ("nobody", 0) in ours.facets()["generator"]
    ours.step(1)
    ours.go_on()
    assert ours.case == before


def test_programs_can_be_chosen_by_who_judged_them_and_how(own_study):
    ada, bo = review(own_study), review(own_study, "bo")
    literal, adds, asks = (
        by_words(own_study, words) for words in ("check =", "9 times", "choices=")
    )
    for rater, program, label in [
        (ada, literal, "hard_coded"),
        (bo, literal, "hard_coded"),
        (ada, adds, "clean"),
        (bo, adds, "hard_coded"),
        (bo, asks, "hard_coded"),
    ]:
        turn_to(rater, program)
        rater.judge(label)

    def chosen(state: str) -> set[str]:
        ada.choose("people", state)
        return {ada.queue[place].program_id for place in ada.places()}

    assert chosen("mine") == {literal, adds}
    assert len(chosen("open")) == 3
    assert chosen("apart") == {adds}
    assert chosen("agreed") == {literal}
    assert chosen("against") == {asks}
    assert chosen("adjudicated") == set()
    turn_to(ada, adds)
    ada.adjudicate("fallback_only")
    assert chosen("adjudicated") == {adds}
    assert chosen("apart") == set()


def test_an_adjudicator_goes_from_one_disagreement_to_the_next(own_study):
    ada, bo, eve = (review(own_study, name) for name in ("ada", "bo", "eve"))
    for place in (1, 3):
        for rater, label in ((ada, "clean"), (bo, "hard_coded")):
            rater.go(place)
            rater.judge(label)
    eve.go_on_apart()
    assert eve.place == 1
    eve.adjudicate("clean")
    eve.go_on_apart()
    assert eve.place == 3


def test_what_probing_a_program_found_is_what_it_is_chosen_by(own_study):
    ours = review(own_study)
    adds = by_words(own_study, "9 times")
    assert adds in {ours.queue[place].program_id for place in ours.places()}
    turn_to(ours, adds)
    ours.probes.probe(ours.case)
    ours.choose("evidence", "fallback_only")
    assert adds in {ours.queue[place].program_id for place in ours.places()}


def test_a_rater_needs_a_name_and_a_study_needs_programs(study, tmp_path):
    with pytest.raises(CgrError, match="needs a name"):
        review(study, " ")
    with Store.create(tmp_path) as store, pytest.raises(CgrError, match="no programs to judge"):
        Review(store, "ada", lambda: None)


def test_a_label_that_is_none_is_refused(own_study):
    with pytest.raises(CgrError, match="unknown verdict"):
        review(own_study).judge("great")
    assert own_study.store.verdicts() == []


def test_a_literal_program_is_probed_once_and_then_known(own_study):
    ours = review(own_study)
    ours.go(next(n for n, case in enumerate(ours.queue.cases()) if case.source == LITERAL))
    assert ours.probes.known(ours.case) is None
    found = ours.probes.probe(ours.case)
    assert found.verdict == "independent"
    assert ours.probes.known(ours.case) == found
    assert ours.probes.is_enough(ours.case)
    # It is kept here only: the study's own audit is made by `Study.audit`.
    assert recorded_dependence(own_study.store, ours.case.program_id) is None


def test_a_program_whose_item_is_gone_is_told_and_not_probed(own_study):
    raw_sql(own_study.store, "DELETE FROM items")
    ours = review(own_study)
    with pytest.raises(CgrError, match="the item of this program is not in the study"):
        ours.probes.probe(ours.case)


def test_programs_are_read_once_and_their_share_is_that_of_the_study(own_study):
    rows = annotate(counted_rows(own_study.store))
    reading = StaticReading(ThreadLocalStore(own_study.store))
    assert reading.share(rows, at_most=2) is None
    reading.read(rows)
    assert reading.unread(rows) == set()
    assert reading.share(rows) == own_study.hard_coded_share()


@pytest.mark.parametrize(("number", "source", "last_moves"), [(0, ADDS, True), (1, LITERAL, False)])
def test_a_reply_that_moves_the_answer_is_told_from_one_that_does_not(
    study, number, source, last_moves
):
    run = find_run(study.store, row_id(number))
    assert run.source == source
    asks = run.execution.calls
    effects = reply_effects(probe_replies(source, run.item, asks), asks)
    assert [effect.number for effect in effects] == list(range(1, len(asks) + 1))
    assert all(effect.tried > 0 for effect in effects)
    assert bool(effects[-1].moved) == last_moves


def test_the_runs_of_one_program_read_alone_are_those_read_with_all(study):
    stores = ThreadLocalStore(study.store)
    whole = RecordedRuns(stores).read()
    assert whole
    for program_id, runs in whole.items():
        assert RecordedRuns(stores).of(program_id) == runs
    both = RecordedRuns(stores)
    assert [both.of(program_id) for program_id in whole] == list(whole.values())
    assert both.of("no such program") == []
