"""How long an endpoint is asked again, and how long it is left alone in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from endpoint_calls import ask, card_at, completion
from loopback_endpoint import Act, running_endpoint

from cgr_nb.errors import CallFailed
from cgr_nb.models.pacing import Retries, asked_pause, own_pause


@pytest.fixture
def endpoint():
    with running_endpoint() as running:
        yield running


def test_a_server_that_is_busy_is_asked_again_as_long_as_there_is_time(endpoint):
    endpoint.acts = [Act(status=503)] * 40
    assert ask(card_at(endpoint.url, backoff_s=0)).text == "Answer: A"
    assert len(endpoint.bodies) == 41


def test_a_reply_that_comes_to_no_good_end_is_asked_for_a_few_times_only(endpoint):
    endpoint.acts = [Act(body=completion("", "error"))] * 40
    with pytest.raises(CallFailed, match="finish_reason 'error'"):
        ask(card_at(endpoint.url, backoff_s=0))
    assert len(endpoint.bodies) == 5


def test_a_rate_limit_told_in_a_200_is_waited_for_as_one_told_by_its_status(endpoint):
    limited = {"error": {"message": "upstream is rate limited", "code": 429}}
    endpoint.acts = [Act(body=limited)] * 20
    assert ask(card_at(endpoint.url, backoff_s=0)).text == "Answer: A"


@pytest.mark.parametrize(
    "act",
    [
        Act(status=401),
        Act(status=402),
        Act(status=404),
        Act(body={"hello": 1}),
        Act(body=completion(42)),
        Act(status=500, body={"error": {"code": "insufficient_quota", "message": "pay"}}),
    ],
)
def test_what_does_not_pass_is_asked_once(endpoint, act):
    endpoint.acts = [act] * 5
    with pytest.raises(CallFailed):
        ask(card_at(endpoint.url, backoff_s=0))
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize("options", [{"retry_for_s": 0}, {"retries": 0}])
def test_trying_again_can_be_switched_off(endpoint, options):
    endpoint.acts = [Act(status=503)]
    with pytest.raises(CallFailed):
        ask(card_at(endpoint.url, **options))
    assert len(endpoint.bodies) == 1


def test_a_server_that_asks_for_more_patience_than_there_is_is_not_waited_for(endpoint):
    endpoint.acts = [Act(status=429, headers={"Retry-After": "3600"})]
    with pytest.raises(CallFailed, match="asks to wait 3600 s"):
        ask(card_at(endpoint.url))
    assert len(endpoint.bodies) == 1


def test_a_pause_is_what_the_server_asks_for_and_more_never_less():
    pauses = [Retries(None, 300, 0.5).pause_after("long", 20.0) for _ in range(50)]
    assert all(20.25 <= pause <= 20.5 for pause in pauses)


def test_pauses_grow_up_to_a_bound_and_no_two_requests_share_them():
    for attempt in range(2000):
        longest = min(0.5 * 2**attempt, 60) if attempt < 100 else 60
        assert longest / 2 <= own_pause(attempt, 0.5) <= longest
    assert len({own_pause(3, 0.5) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"retry-after": "7"}, 7, 7),
        ({"retry-after": "0.25"}, 0.25, 0.25),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9, 9),
        ({"retry-after": "-3"}, 0, 0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0, 0),
    ],
)
def test_a_pause_is_asked_for_in_seconds_or_by_a_date(headers, least, most):
    assert least <= asked_pause(headers) <= most


def test_a_pause_until_a_date_is_counted_from_now():
    headers = {"retry-after": format_datetime(datetime.now(UTC) + timedelta(hours=1))}
    assert 3500 <= asked_pause(headers) <= 3600


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "1e999", "Wed, 99 Oct", "\ud800"])
def test_what_is_no_pause_is_none(text):
    assert asked_pause({"retry-after": text}) is None


def test_without_a_header_no_pause_is_asked_for():
    assert asked_pause({}) is None
