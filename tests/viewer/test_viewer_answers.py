"""The viewer's pages are answered as panels are in a notebook, as far as they only read."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import sqlite3
import struct
import threading
from contextlib import closing

import pytest
from small_study import make, row_id

from cgr_nb.api import Study
from cgr_nb.errors import CgrError
from cgr_nb.viewer import StudyPages, Viewer
from cgr_nb.viewer.panels import MOST_PANELS
from cgr_nb.widgets import Auditor, Comparison, Results, Stepper, Workbench
from cgr_nb.widgets.panel import Panel

ANSWERED = {
    "workbench": {
        "open_item": {"place": 1},
        "show_gold": {},
        "show_reply": {"row": row_id(1)},
        "step": {"row_id": row_id(1)},
        "close_step": {},
        "show_items": {},
    },
    "results": {
        "send_rows": {},
        "open_row": {"row": 0},
        "show_row_reply": {"row": 0, "arm": "cgr"},
        "step": {"row": 0},
        "close_step": {},
        "show_reply": {"row": row_id(0)},
    },
    "comparison": {
        "send_rows": {},
        "open_pair": {"pair": 0},
        "show_pair_reply": {"row": 0, "arm": "direct"},
        "show_reply": {"row": row_id(0)},
    },
    "auditor": {
        "step": {"by": 1},
        "go": {"place": 0},
        "choose": {"field": "dataset", "value": "physics"},
        "show_run_reply": {"row": row_id(0)},
        "show_reply": {"row": row_id(0)},
    },
    "stepper": {"show_gold": {}, "show_reply": {"row": row_id(0)}},
}
"""Page -> every command that is answered, in an order that makes sense, with its arguments."""
EVERYWHERE = {"search_replies": {"text": "27"}, "close_reply": {}}
CLASSES: dict[str, type[Panel]] = {
    "workbench": Workbench,
    "results": Results,
    "comparison": Comparison,
    "auditor": Auditor,
    "stepper": Stepper,
}


@pytest.fixture(scope="module")
def folder(made_once, tmp_path_factory):
    own = tmp_path_factory.mktemp("asked") / "study"
    shutil.copytree(made_once("small-study", make), own)
    return own


@pytest.fixture(scope="module")
def pages(folder):
    with StudyPages(folder) as opened:
        yield opened


def state_of(page: bytes) -> dict:
    text = page.decode()
    text = text[text.index('id="state">') + len('id="state">') :]
    return json.loads(text[: text.index("</script>")])


def ask(pages, name: str, command: str = "", set_: dict | None = None, **arguments) -> dict:
    """Open a page and ask it one thing."""
    shown = state_of(pages.page(name, {}))["viewer"]["panel"]
    message = {"panel": shown, "set": set_ or {}, "do": command, "with": arguments}
    return json.loads(pages.ask(json.dumps(message).encode()))


def written(folder) -> tuple[list[str], list[str]]:
    """What the study holds, and its files but for those that SQLite keeps while it is open."""
    files = sorted(path.name for path in folder.rglob("*") if ".sqlite-" not in path.name)
    with closing(sqlite3.connect(folder / "study.sqlite")) as connection:
        # What is computed from programs alone is kept for the next look.
        return files, [line for line in connection.iterdump() if "static_audits" not in line]


@pytest.mark.parametrize("name", ANSWERED)
def test_every_command_that_is_answered_is_tried_here(name):
    tried = {*ANSWERED[name], *EVERYWHERE}
    assert tried == set(CLASSES[name].reading) <= set(CLASSES[name].commands)


@pytest.mark.parametrize("name", ANSWERED)
def test_what_is_answered_writes_nothing_to_the_study(folder, pages, name):
    before = written(folder)
    for command, arguments in {**ANSWERED[name], **EVERYWHERE}.items():
        told = ask(pages, name, command, **arguments)
        if command != "show_run_reply":  # takes the id of a run, of which there is no such one
            assert told["error"] == "", command
    assert written(folder) == before


@pytest.mark.parametrize("name", ANSWERED)
def test_every_other_command_is_refused_in_words(pages, name):
    others = set(CLASSES[name].commands) - set(CLASSES[name].reading)
    assert len(others) > 0
    for command in [*others, "close", "save_html", "__init__"]:
        told = ask(pages, name, command)
        assert "only reads the study" in told["error"]
        assert command in told["error"]


@pytest.mark.parametrize("trait", ["chosen", "prompt", "item", "saved_as", "_esm", "nonsense"])
def test_a_trait_that_is_no_look_is_refused(pages, trait):
    told = ask(pages, "workbench", set_={trait: []})
    assert "only reads the study" in told["error"]


def test_items_are_searched_filtered_and_opened_with_all_their_answers(pages):
    told = ask(pages, "workbench", set_={"query": "cart 13"})
    (found,) = struct.unpack("<I", base64.b64decode(told["view"]["$bytes"]))
    opened = ask(pages, "workbench", "open_item", place=found)
    assert "cart 13" in opened["item"]["question"][0]
    assert ask(pages, "workbench", set_={"sort": "no such order"})["error"] != ""
    assert [row["solver"] for row in opened["answers"]] == ["scripted-a", "scripted-b"]
    assert ask(pages, "workbench", "show_gold")["gold"] == ["B"]


def test_any_reply_is_found_and_shown(pages):
    found = ask(pages, "results", "search_replies", text="27")["found"]
    assert len(found["hits"]) > 0
    hit = found["hits"][0]
    shown = ask(pages, "results", "show_reply", row=hit["row"], arm=hit["arm"])["reply"]
    assert shown["calls"][0]["reply"] == [["", "27"]]


def test_a_page_that_is_loaded_again_shows_what_was_open(pages):
    ask(pages, "workbench", "open_item", place=3)
    assert state_of(pages.page("workbench", {}))["item"]["place"] == 3


def test_a_page_of_an_earlier_state_of_the_study_is_told_to_load_again(folder, tmp_path):
    own = shutil.copytree(folder, tmp_path / "own")
    with StudyPages(own) as pages:
        shown = state_of(pages.page("workbench", {}))["viewer"]["panel"]
        with Study.open(own) as study:
            study.store.set_meta("failures", [])
        pages.page("workbench", {})
        with pytest.raises(CgrError, match="reload it"):
            pages.ask(json.dumps({"panel": shown, "do": "show_items"}).encode())


def test_panels_that_nobody_used_for_long_are_closed(folder):
    with StudyPages(folder) as pages:
        first = state_of(pages.page("stepper", {"row": "0"}))["viewer"]["panel"]
        question = json.dumps({"panel": first, "do": "show_gold"}).encode()
        for number in range(1, MOST_PANELS):
            pages.page("stepper", {"row": str(number)})
        assert json.loads(pages.ask(question))["gold"] != []
        for number in range(MOST_PANELS, 2 * MOST_PANELS):
            pages.page("stepper", {"row": str(number)})
        with pytest.raises(CgrError, match="reload it"):
            pages.ask(question)


@pytest.mark.parametrize(
    "message",
    [b"", b"[]", b"null", b'{"do": 1}', b'{"rm": ""}', b"\xff", b"[" * 50_000, b'{"set": []}'],
)
def test_what_is_no_question_is_an_error_in_words(pages, message):
    with pytest.raises(CgrError, match="invalid request"):
        pages.ask(message)


@pytest.fixture(scope="module")
def viewer(pages):
    with Viewer(pages) as opened:
        serving = threading.Thread(target=opened.serve)
        serving.start()
        yield opened
        opened.stop()
        serving.join()


def post(viewer, body: bytes, **changed):
    """Status and text of the answer to a question that a page asks, but for the changed headers."""
    headers = {
        "Host": f"127.0.0.1:{viewer.port}",
        "Origin": f"http://127.0.0.1:{viewer.port}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    connection = http.client.HTTPConnection("127.0.0.1", viewer.port, timeout=60)
    with closing(connection):
        connection.putrequest("POST", f"/{viewer.token}/ask", skip_host=True)
        for name, value in headers.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_a_question_is_answered_over_the_wire_with_what_changed(pages, viewer):
    shown = state_of(pages.page("workbench", {}))["viewer"]["panel"]
    question = {"panel": shown, "do": "open_item", "with": {"place": 2}}
    status, text = post(viewer, json.dumps(question).encode())
    assert status == 200
    assert json.loads(text)["item"]["place"] == 2
    assert "<" not in text  # no text of the study is markup, whatever a browser takes this for
    assert post(viewer, b"nonsense")[0] == 200
    assert "invalid request" in post(viewer, b"nonsense")[1]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Origin": None}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Length": None}, 411),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "1" * 30}, 411),
        ({"Content_Length": "9999999"}, 413),
    ],
)
def test_only_a_page_of_the_viewer_is_answered(viewer, changed, status):
    found, text = post(viewer, b"{}", **changed)
    assert found == status
    assert "small" not in text
