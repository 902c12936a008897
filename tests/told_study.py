"""Rows whose every call is on record, put into a small study: what replies are looked at in."""

from __future__ import annotations

from made_rows import made_answer
from small_study import items

from cgr_nb.answer_record import Answer, ReadOut, TrailEntry
from cgr_nb.api import Study
from cgr_nb.records import Message, ModelCall, Reply, Sampling

__all__ = ["ROW", "tell"]

ROW = "told"
"""A row that was asked again, and for which no program was written."""
READ = "First I add. The answer is B, surely."


def call(id: str, text: str, *, thoughts: str = "", model: str = "scripted-a") -> ModelCall:
    messages = (Message("user", f"prompt of {id}"),)
    reply = Reply(text, "stop", f"<|user|>prompt of {id}", 23, 9, 0.4, thoughts=thoughts)
    return ModelCall(id, model, messages, Sampling(), reply)


def tell(study: Study) -> Study:
    """Put the row into a study that may be written to."""
    store, item = study.store, items()[0]
    for made in (
        call("c1", "A, B, C or D."),
        call("c2", READ, thoughts="100% of carts \ud83d are <b>fast</b>"),
        call("c3", "I would rather not.", model="writer"),
        call("c4", READ),
    ):
        store.add_call(made)
    unread = ReadOut("ambiguous", ("A", "B", "C", "D"), "listing")
    read = ReadOut("answered", ("B",), "answer_is")
    none = ReadOut("no_program")
    trails: dict[str, tuple[TrailEntry, ...]] = {
        "direct": (
            TrailEntry("direct", "solver", "c1", unread),
            TrailEntry("reask/1", "solver", "c2", read),
        ),
        "cgr": (TrailEntry("generator", "generator", "c3", none),),
        "generator_only": (TrailEntry("generator", "generator", "c3", none),),
        "cot": tuple(
            TrailEntry(f"cot/{n}", "solver", "c4", ReadOut("answered", ("D",), "answer_is"))
            for n in range(45)
        ),
    }
    ids: dict[str, str] = {}
    for arm, trail in trails.items():
        answer = answer_of(arm, item.id, trail)
        store.add_answer(answer)
        ids[arm] = answer.id
    store.set_expected([*store.expected().items(), (ROW, ids)])
    return study


def answer_of(arm: str, item: str, trail: tuple[TrailEntry, ...]) -> Answer:
    failed = arm in ("cgr", "generator_only")
    return made_answer(
        arm,
        f"{arm} {ROW}",
        item_id=item,
        solver=None if arm == "generator_only" else "scripted-a",
        generator="writer" if failed else None,
        letters=() if failed else ("B",),
        status="no_program" if arm == "cgr" else "none" if failed else "answered",
        detail="the generator's reply holds no program" if failed else "",
        trail=trail,
    )
