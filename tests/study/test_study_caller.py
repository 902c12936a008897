"""What a call puts on record, whoever answers it."""

from __future__ import annotations

import asyncio

import pytest

from cgr_nb.arms.requests import Request
from cgr_nb.errors import CallFailed, ModelDown, ModelError, RequestError
from cgr_nb.models import ScriptedModel
from cgr_nb.records import Message, Reply, Sampling
from cgr_nb.store import Store
from cgr_nb.study.caller import Caller
from cgr_nb.study.failures import Failures


class Elsewhere(ScriptedModel):
    """A backend that is not of this package: it gives or raises whatever it is told to."""

    def __init__(self, *outcomes):
        super().__init__([])
        self.outcomes = list(outcomes)

    async def reply(self, messages, sampling, on_text=None):
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return Reply(outcome, "stop", messages[-1].content, 1, 1, 0.0)


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path) as opened:
        yield opened


def call(caller, model, number=0):
    request = Request((Message("user", f"question {number}"),), Sampling())
    return asyncio.run(caller.call(model, request))


def test_half_a_character_of_any_backend_is_recorded_escaped(store):
    made = call(Caller(store), Elsewhere("half \ud83d of it"))
    assert made.reply.text == "half \ufffd{D83D} of it"
    assert store.call(made.id) == made


def test_half_a_character_in_a_refusal_is_recorded_escaped(store):
    made = call(Caller(store), Elsewhere(RequestError("no \ud83d")))
    assert made.error == "refused: no \ufffd{D83D}"


def test_a_call_that_failed_is_not_recorded_and_is_made_again(store):
    model, caller = Elsewhere(CallFailed("not now"), "now"), Caller(store)
    with pytest.raises(CallFailed):
        call(caller, model)
    assert list(store.calls()) == []
    assert call(caller, model).reply.text == "now"


def test_failures_with_a_reply_or_a_refusal_between_them_are_not_in_a_row(store):
    down = CallFailed("down", where="model 'far'")
    model = Elsewhere(down, down, "up", down, down, RequestError("no"), down, down, down)
    caller = Caller(store, failures=Failures(3))
    raised = []
    for number in range(9):
        try:
            call(caller, model, number)
        except ModelError as error:
            raised.append(type(error))
    assert raised == [CallFailed] * 6 + [ModelDown]


def test_models_are_counted_apart():
    failures = Failures(2)
    failures.call_failed("one", CallFailed("down"))
    failures.call_failed("other", CallFailed("down"))
    with pytest.raises(ModelError, match=r"2 calls in a row failed.*down.*run\.max_failures = 2"):
        failures.call_failed("one", CallFailed("down"))
