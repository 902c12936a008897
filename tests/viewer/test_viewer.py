"""`cgr-nb view`: what it shows, to whom, and that it changes nothing."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from click.testing import CliRunner
from small_study import make, make_alone, row_id

from cgr_nb.api import Study
from cgr_nb.cli import cli
from cgr_nb.errors import CgrError
from cgr_nb.store import Store
from cgr_nb.viewer import StudyPages, Viewer


@pytest.fixture(scope="module")
def folder(made_once, tmp_path_factory):
    own = tmp_path_factory.mktemp("viewed") / "study"
    shutil.copytree(made_once("small-study", make), own)
    return own


@pytest.fixture(scope="module")
def viewer(folder):
    with StudyPages(folder) as pages, Viewer(pages) as opened:
        serving = threading.Thread(target=opened.serve)
        serving.start()
        yield opened
        opened.stop()
        serving.join()


def ask(viewer, path: str, *, method: str = "GET", host: str | None = None, **headers):
    """Status, headers and text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", viewer.port, timeout=60)
    with closing(connection):
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", host if host is not None else f"127.0.0.1:{viewer.port}")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


def test_the_address_is_of_this_machine_and_holds_a_token_that_is_new_each_time(folder, viewer):
    assert viewer.address == f"http://127.0.0.1:{viewer.port}/{viewer.token}/"
    assert len(viewer.token) >= 32
    with StudyPages(folder) as pages, Viewer(pages) as other:
        assert other.token != viewer.token
        assert other.port != viewer.port


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        ("", "<iframe"),
        ("report", "<h1>"),
        ("results", "Results · cgr-nb"),
        ("comparison", "Comparison · cgr-nb"),
        ("comparison?arm=direct&arm_b=generator_only", "generator-side"),
        (f"stepper?row={row_id(0)}", "Stepper · cgr-nb"),
        ("stepper?row=1", "Stepper · cgr-nb"),
        ("auditor", "Auditor · cgr-nb"),
        ("workbench", "Workbench · cgr-nb"),
    ],
)
def test_report_and_panels_are_shown(viewer, name, shows):
    status, headers, text = ask(viewer, f"/{viewer.token}/{name}")
    assert status == 200, text
    assert shows in text
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/", "/report", "/x/report", "//report", "/?token=x", "/{almost}/"]
)
def test_without_the_token_nothing_is_shown(viewer, path):
    status, _, text = ask(viewer, path.format(almost=viewer.token[:-1]))
    assert status == 403
    assert "token" in text
    assert viewer.token not in text
    assert "small" not in text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "", "localhost"]
)
def test_a_request_under_another_name_is_refused_even_with_the_token(viewer, host):
    status, _, text = ask(viewer, f"/{viewer.token}/", host=host.format(port=viewer.port))
    assert status == 421
    assert "small" not in text


def test_the_usual_name_of_this_machine_does_as_well(viewer):
    assert ask(viewer, f"/{viewer.token}/", host=f"localhost:{viewer.port}")[0] == 200


@pytest.mark.parametrize(
    ("method", "expected"),
    [("POST", 405), ("PUT", 501), ("DELETE", 501), ("OPTIONS", 501), ("PATCH", 501)],
)
def test_nothing_but_looking_is_served(viewer, method, expected):
    status, headers, _ = ask(viewer, f"/{viewer.token}/report", method=method)
    assert status == expected
    assert "Access-Control-Allow-Origin" not in headers


def test_a_head_has_the_length_and_no_page(viewer):
    status, headers, text = ask(viewer, f"/{viewer.token}/", method="HEAD")
    assert (status, text) == (200, "")
    assert int(headers["Content-Length"]) > 1000


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("../../etc/passwd", 403, "token"),
        ("%2e%2e", 404, "no such page"),
        ("nonsense", 404, "no such page"),
        ("stepper?row=999999", 422, "row"),
        ("stepper?row=" + "x" * 5000, 422, "row"),
        ("comparison?arm=<script>alert(1)</script>", 422, "&lt;script&gt;"),
    ],
)
def test_what_is_not_there_is_said_as_text(viewer, path, status, said):
    found, _, text = ask(viewer, f"/{viewer.token}/{path}")
    assert found == status
    assert said in text
    assert "<script>" not in text


def test_a_page_is_made_once_and_anew_when_the_study_has_changed(folder):
    with StudyPages(folder) as pages:
        first = pages.page("report", {})
        assert pages.page("report", {}) is first
        with Study.open(folder) as study:
            study.store.set_meta("failures", [])
        assert pages.page("report", {}) is not first


def test_another_study_stands_beside_it_and_is_compared_with_it(folder, tmp_path):
    other = shutil.copytree(folder, tmp_path / "<other>")
    with StudyPages(folder, [other]) as pages:
        assert b"(" + str(folder).encode() + b")" in (index := pages.page("", {}))
        assert b"&lt;other&gt;" in index
        asked = {"study_b": "1", "arm": "direct", "arm_b": "direct"}
        page = pages.page("comparison", asked)
        assert b"both sides" not in page
        assert pages.page("comparison", asked) == page
        with Study.open(other) as study:
            study.store.set_meta("failures", [])
        assert pages.page("comparison", asked) != page
        for place in ("2", "-1", str(other)):
            with pytest.raises(CgrError, match="no such study"):
                pages.page("comparison", {"study_b": place})
    with StudyPages(folder) as alone:
        assert b"study_b" not in alone.page("", {})


def test_looking_at_every_page_writes_nothing_to_the_study(folder):
    def dump() -> list[str]:
        with closing(sqlite3.connect(folder / "study.sqlite")) as connection:
            return list(connection.iterdump())

    before, files = dump(), sorted(path.name for path in folder.iterdir())
    with StudyPages(folder) as pages:
        for name in pages.names:
            assert pages.page(name, {})
    assert dump() == before
    assert sorted(path.name for path in folder.iterdir()) == files


def test_no_study_and_a_port_in_use_are_errors_in_one_line(folder, viewer, tmp_path):
    with pytest.raises(CgrError, match="no study here"):
        StudyPages(tmp_path)
    with StudyPages(folder) as pages, pytest.raises(CgrError, match="this port can't be used"):
        Viewer(pages, viewer.port)
    said = CliRunner().invoke(cli, ["view", str(tmp_path), "--no-browser"])
    assert isinstance(said.exception, CgrError)


def test_a_study_without_rows_shows_its_frame_and_says_what_to_do(tmp_path, folder):
    Store.create(tmp_path).close()
    shutil.copy(folder / "study.toml", tmp_path)
    with StudyPages(tmp_path) as pages:
        assert b"<iframe" in pages.page("", {})
        with pytest.raises(CgrError, match="run it first"):
            pages.page("results", {})


def test_ctrl_c_ends_the_command_and_the_port_is_free_again(folder):
    command = [sys.executable, "-m", "cgr_nb.cli", "view", str(folder), "--no-browser", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        told = json.loads("".join(iter(running.stdout.readline, "}\n")) + "}")
        assert sorted(told) == ["address", "port", "study"]
        connection = http.client.HTTPConnection("127.0.0.1", told["port"], timeout=60)
        with closing(connection):
            connection.request("GET", told["address"].partition(f":{told['port']}")[2])
            assert connection.getresponse().status == 200
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]
    assert running.returncode == 0
    assert said.strip() == "closed"
    with StudyPages(folder) as pages, Viewer(pages, told["port"]) as again:
        assert again.port == told["port"]


def test_what_a_study_without_a_generator_lacks_is_not_offered(tmp_path):
    with StudyPages(make_alone(tmp_path)) as pages:
        index = pages.page("", {}).decode()
        assert b"Direct: " in pages.page("results", {})
        assert "Accuracy by arm" in pages.page("report", {}).decode()
    assert 'href="auditor"' not in index
    assert 'action="comparison"' not in index
    assert 'href="results"' in index
