"""What stands behind an answer, and a search over all that models said."""

from __future__ import annotations

import pytest
from told_study import READ, ROW, tell

from cgr_nb.errors import CgrError
from cgr_nb.explore.recorded_replies import MOST_CALLS, answer_replies, arms_of_row
from cgr_nb.explore.run_records import RowWithoutRun, find_row
from cgr_nb.store.replies import search_replies, uses_of_calls


@pytest.fixture
def store(own_study):
    return tell(own_study).store


def test_every_call_of_an_answer_stands_in_order_with_its_re_ask(store):
    found = answer_replies(store, ROW, "direct")
    assert [call.entry.key for call in found.calls] == ["direct", "reask/1"]
    assert found.left_out == 0


def test_where_a_record_has_no_place_the_reply_is_read_again(store):
    start, end = answer_replies(store, ROW, "direct").calls[1].span
    assert "B" in READ[start:end]
    assert "add" not in READ[start:end]


def test_a_reply_that_is_read_otherwise_than_recorded_has_no_mark(store):
    call = answer_replies(store, ROW, "cot").calls[0]
    assert (call.span, call.letters) == (None, ())
    assert "a different answer" in call.remark


def test_letters_of_a_reply_without_a_verdict_are_all_marked(store):
    call = answer_replies(store, ROW, "direct").calls[0]
    assert [call.call.reply.text[start:end] for start, end in call.letters] == list("ABCD")


def test_calls_behind_one_answer_are_bounded_and_counted(store):
    found = answer_replies(store, ROW, "cot")
    assert (len(found.calls), found.left_out) == (MOST_CALLS, 45 - MOST_CALLS)


def test_the_three_channels_of_a_row_come_first(store):
    assert list(arms_of_row(store, ROW)) == ["direct", "cgr", "generator_only", "cot"]


def test_an_answer_that_is_not_there_is_an_error_that_names_those_that_are(store):
    with pytest.raises(CgrError, match=r"no answer of this arm.*direct, cgr, generator_only, cot"):
        answer_replies(store, ROW, "lunch")


def test_a_row_without_a_program_is_found_with_its_reason(store):
    found = find_row(store, ROW)
    assert isinstance(found, RowWithoutRun)
    assert found.why == "the generator's reply holds no program"


def test_a_search_takes_wildcards_as_they_stand_and_looks_into_thoughts(store):
    assert [hit.call for hit in search_replies(store, "100%")] == ["c2"]
    assert [hit.call for hit in search_replies(store, "RATHER not")] == ["c3"]
    assert search_replies(store, "a_sw") == []


def test_a_lone_surrogate_can_be_searched_for(store):
    assert [hit.call for hit in search_replies(store, "\ud83d")] == ["c2"]


def test_a_pattern_is_of_the_whole_reply(store):
    assert [hit.call for hit in search_replies(store, "First*B[,.]*", pattern=True)] == ["c2", "c4"]
    assert search_replies(store, "First", pattern=True) == []


def test_pages_of_a_search_follow_one_another(store):
    first = search_replies(store, "answer is", most=1)
    then = search_replies(store, "answer is", most=1, after=first[-1].call)
    assert [first[0].call, then[0].call] == ["c2", "c4"]


@pytest.mark.parametrize("text", ["", "x" * 201])
def test_what_is_too_little_or_too_much_is_refused(store, text):
    with pytest.raises(CgrError, match="invalid search"):
        search_replies(store, text)


def test_a_pattern_that_would_take_for_ever_is_refused(store):
    with pytest.raises(CgrError, match="5 stars"):
        search_replies(store, "*a*a*a*a*", pattern=True)


def test_a_call_is_led_back_to_the_row_that_it_answers(store):
    assert uses_of_calls(store, ["c2", "c3", "none"]) == {"c2": (ROW, "direct"), "c3": (ROW, "cgr")}
