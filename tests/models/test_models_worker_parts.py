"""The parts of the asking side that need no worker: admission, frames, deaths, shares of cores."""

from __future__ import annotations

import contextlib
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.models.worker.admission import Admission
from cgr_nb.models.worker.core_shares import CoreShares
from cgr_nb.models.worker.death import Death
from cgr_nb.models.worker.frames import FrameError, FrameReader, encode
from cgr_nb.models.worker.wire import (
    CallOrder,
    counters_from_json,
    error_from_json,
    facts_from_json,
    order_from_json,
    reply_from_json,
)
from cgr_nb.records import Message, Sampling, Score


def done(tickets):
    return [ticket.done() for ticket in tickets]


def test_as_many_are_let_in_as_there_is_room_for_in_their_order():
    admission = Admission(2)
    tickets = [admission.enter() for _ in range(4)]
    assert done(tickets) == [True, True, False, False]
    admission.leave(tickets[0])
    assert done(tickets) == [True, True, True, False]


def test_who_has_left_is_passed_over():
    admission = Admission(1)
    first, left, last = (admission.enter() for _ in range(3))
    admission.leave(left)
    admission.leave(first)
    assert last.done()


def test_who_is_let_in_may_ask_again_at_once():
    admission = Admission(1)
    first = admission.enter()
    second: list[Future[None]] = []
    admission.enter().add_done_callback(lambda _: second.append(admission.enter()))
    admission.leave(first)
    assert not second[0].done()


def test_one_that_asks_to_be_alone_waits_for_the_others_and_keeps_them_out():
    admission = Admission(3)
    first, second = admission.enter(), admission.enter()
    alone = admission.enter(alone=True)
    later = admission.enter()
    assert done([first, second, alone, later]) == [True, True, False, False]
    admission.leave(first)
    admission.leave(second)
    assert done([alone, later]) == [True, False]
    admission.leave(alone)
    assert later.done()


def test_several_that_ask_to_be_alone_go_one_after_the_other():
    admission = Admission(3)
    alone = [admission.enter(alone=True) for _ in range(3)]
    seen = []
    for _ in alone:
        inside = [ticket for ticket in alone if ticket.done() and ticket not in seen]
        assert len(inside) == 1
        seen += inside
        admission.leave(inside[0])
    assert admission.enter().done()


MESSAGES = st.fixed_dictionaries(
    {"type": st.text(), "text": st.text(st.characters()), "id": st.integers(0, 2**40)}
)


@given(st.lists(MESSAGES, max_size=5), st.integers(1, 40))
def test_frames_arrive_whole_however_they_are_cut(messages, size):
    data, reader, found = b"".join(map(encode, messages)), FrameReader(), []
    for start in range(0, len(data), size):
        found += reader.feed(data[start : start + size])
    assert found == messages


@given(st.binary(max_size=200))
def test_what_is_no_frame_is_an_error_of_its_own_and_nothing_else(data):
    with contextlib.suppress(FrameError):
        assert all(isinstance(message["type"], str) for message in FrameReader().feed(data))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = ("text", "finish", "prompt_text", "prompt_tokens", "reply_tokens", "duration_s",
          "scores", "placement", "buffers", "memory_bytes", "kind", "what")  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), JSON) | JSON)
def test_what_a_worker_says_is_read_strictly_or_not_at_all(said):
    for read in (reply_from_json, facts_from_json, counters_from_json):
        with contextlib.suppress(FrameError):
            read(said)
    if isinstance(said, dict):
        with contextlib.suppress(FrameError):
            error_from_json(said)


SCORE = {"logprob": -1.5, "tokens": 2, "bytes": 5, "end_logprob": -0.5}
CHOSEN = {"text": "x", "finish": "stop", "prompt_text": "", "prompt_tokens": 1, "reply_tokens": 1,
          "duration_s": 0.5, "thoughts": "", "scores": [SCORE, SCORE]}  # fmt: skip


def test_scores_are_read_as_a_worker_tells_them():
    reply = reply_from_json(CHOSEN, ("x", "y"))
    assert reply.scores == (Score(-1.5, 2, 5, -0.5),) * 2


@pytest.mark.parametrize(
    "told",
    [
        {"scores": None},
        {"scores": [SCORE]},
        {"scores": [SCORE, None]},
        {"scores": {"x": SCORE}},
        {"text": "z"},
        *({"scores": [SCORE, {**SCORE, name: value}]}
          for name in ("logprob", "end_logprob")
          for value in (0.5, float("-inf"), float("nan"), None, -1, "-1.0", True)),
        *({"scores": [SCORE, {**SCORE, name: value}]}
          for name in ("tokens", "bytes") for value in (-1, 1.0, None, 1 << 60, True)),
    ],
    ids=repr,
)  # fmt: skip
def test_scores_that_can_be_none_are_refused(told):
    with pytest.raises(FrameError):
        reply_from_json({**CHOSEN, **told}, ("x", "y"))


@pytest.mark.parametrize("bias", [None, {3: 1.5, 7: -2.0}])
def test_an_order_survives_the_wire(bias):
    sampling = Sampling(max_tokens=3, temperature=0.5, stop=("a",), choices=("x", "y"), seed=2**70)
    order = CallOrder((Message("user", "\ud800 \0 é"),), sampling, "root ::= x", bias, 2.5)
    (message,) = FrameReader().feed(encode({"type": "ask", "order": order.to_json()}))
    assert order_from_json(message["order"]) == order


@pytest.mark.parametrize(
    ("death", "words", "fix"),
    [
        (Death(-9, "working"), "SIGKILL", "ran out of memory"),
        (Death(-4, "first batch"), "SIGILL", "built for another processor"),
        (Death(-11, "loading"), "SIGSEGV", "damaged or newer"),
        (Death(-40, "working"), "signal 40", "doctor"),
        (Death(1, "starting", "Traceback\nImportError: no"), "ImportError: no", "doctor"),
        (Death(None, "working"), "it ended", "doctor"),
        (Death(-6, "loading", "[New LWP 3]\nx.c:3: GGML_ASSERT(n > 0) failed\n#0 0x1 in y"),
         "SIGABRT: x.c:3: GGML_ASSERT(n > 0) failed", "damaged or newer"),
    ],
)  # fmt: skip
def test_a_death_is_one_line_with_cause_and_fix(death, words, fix):
    line = str(death.error("model 'm'"))
    assert words in line
    assert fix in line
    assert "\n" not in line


@dataclass(eq=False)
class Told:
    """Stands where a worker would: it notes what it is told."""

    is_gone: bool = False
    shares: list[int] = field(default_factory=list)

    def tell(self, kind, count):
        assert kind == "cores"
        self.shares.append(count)


def test_cores_are_shared_out_among_those_at_work_and_given_back():
    shares = CoreShares(4)
    one, two = Told(), Told()
    with shares.at_work(one):
        with shares.at_work(one), shares.at_work(two):
            assert (one.shares, two.shares) == ([2], [2])
        assert one.shares == [2, 4]
    with shares.at_work(two):
        pass
    assert two.shares == [2, 4]


def test_each_at_work_has_a_core_however_many_there_are():
    shares = CoreShares(2)
    workers = [Told() for _ in range(5)]
    with contextlib.ExitStack() as stack:
        for worker in workers:
            stack.enter_context(shares.at_work(worker))
        assert {worker.shares[-1] for worker in workers} == {1}
