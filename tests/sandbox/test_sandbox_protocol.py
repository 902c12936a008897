"""Frames: whatever a program sends, the host reads a message or refuses it."""

import inspect
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.sandbox import protocol
from cgr_nb.sandbox.helpers import make_ask, make_helpers
from cgr_nb.sandbox.protocol import ProtocolError


@given(st.dictionaries(st.text(), st.text(st.characters(exclude_categories=[]))))
def test_any_text_survives_a_frame(fields):
    message = {**fields, "type": "ask"}
    frame = protocol.encode(message)
    head = protocol.HEADER_BYTES
    assert protocol.length_of(frame[:head], 1 << 20) == len(frame) - head
    assert protocol.decode(frame[head:]) == message


@given(st.binary())
def test_no_bytes_get_past_the_reader_but_messages(body):
    try:
        message = protocol.decode(body)
    except ProtocolError:
        return
    assert isinstance(message["type"], str)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"type":1}', b"[" * 100_000, b"\xff", b"1" * 9999]
)
def test_what_is_no_message_is_refused(body):
    with pytest.raises(ProtocolError):
        protocol.decode(body)


def test_a_frame_over_the_limit_is_refused_by_its_header():
    with pytest.raises(ProtocolError, match="limit is 10"):
        protocol.length_of((11).to_bytes(4, "big"), 10)


def test_the_generators_prompt_tells_the_helpers_as_they_are(repository):
    folder = repository / "cgr_nb" / "prompts" / "templates"
    contract = max(folder.glob("contract@*.txt")).read_text(encoding="utf-8")
    helpers = {"ask": make_ask(None, None, 1), **make_helpers({})}
    for name, helper in helpers.items():
        parameters = inspect.signature(helper).parameters.values()
        signature = [p.name + ("" if p.default is p.empty else f"={p.default}") for p in parameters]
        # A contract need not tell all; what it tells is there, in this order.
        told = re.search(rf"{name}\((\w+(?:, \w+=\w+)*)\)", contract)[1].split(", ")
        assert told == signature[: len(told)]


def test_json_of_a_frame_is_ascii():
    assert (
        protocol.encode({"type": "é\ud800"})[4:]
        == json.dumps({"type": "é\ud800"}, separators=(",", ":")).encode()
    )
