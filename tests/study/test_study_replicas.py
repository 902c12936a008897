"""A study whose models have two servers: either may go, and come back, or mean harm."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack

import pytest
from click.testing import CliRunner
from loopback_endpoint import Act, running_endpoint
from test_study_endpoint import CARD, STUDY, good

from cgr_nb import Study
from cgr_nb.cli import cli
from cgr_nb.store import Store
from cgr_nb.store.served import origins, served_remarks

ITEMS = 16
LISTED = Act(body={"data": [{"id": name} for name in ("m", "solver", "generator")]})
HARM = (
    Act(body={"error": {"message": "maximum context length is 8 tokens"}}, status=400),
    Act(body=b"{", repeat=b" " * 65_536),
    Act(body="<html>please log in</html>"),
)


@pytest.fixture
def pair():
    with ExitStack() as stack:
        both = [stack.enter_context(running_endpoint()) for _ in range(2)]
        for one in both:
            one.listed, one.choose = LISTED, good
        yield both


def write_study(folder, addresses):
    folder.mkdir(exist_ok=True)
    items = [
        {"dataset": "sums", "question": f"1 + 2, sum{number}", "options": ["3", "4"], "gold": "A"}
        for number in range(ITEMS)
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    (folder / "study.toml").write_text(STUDY)
    cards = "".join(CARD.format(role=role, url="URL") for role in ("solver", "generator"))
    cards = cards.replace('"URL"', json.dumps(addresses)).replace(", retry_for_s = 0.05", "")
    (folder / "registry.toml").write_text(cards.replace("backoff_s = 0,", "backoff_s = 0.001,"))
    return folder / "study.toml"


def run(study_file, on_progress=None):
    with Study.run(study_file, progress=False, on_progress=on_progress) as study:
        assert study.failures() == []


def seen_of(folder):
    """All that a study holds but for times and addresses."""
    with Store.open(folder) as store:
        calls = {call.id: (call.model, call.messages, call.reply.text) for call in store.calls()}
        number = sum(1 for _ in store.calls())
    with Study.open(folder) as study:
        tables = [study.rows(), study.arms()]
    lines = []
    for table in tables:
        names = [name for name in table if name != "time"]
        lines.append(sorted(map(str, table[names].to_dict("records"))))
    return calls, number, lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study that one server answered."""
    folder = tmp_path_factory.mktemp("alone")
    with running_endpoint() as one:
        one.choose = good
        run(write_study(folder, one.url))
    return folder


@pytest.fixture(scope="module")
def alone(folder):
    """What that study holds."""
    return seen_of(folder)


class Stops:
    """A server that is stopped in its eighth reply, and listens again after so many of another's,
    and once it was shown to be missed."""

    def __init__(self, stopped, steady, back_after, shown):
        self.stopped, self.steady, self.shown = stopped, steady, shown
        self.is_back = False
        self.replies, self.others, self.back_after = 0, 0, back_after
        self.lock = threading.Lock()
        self.after = 0
        stopped.choose, steady.choose = self.choose, self.choose_other

    def choose(self, asked):
        with self.lock:
            self.replies += 1
            is_last = self.replies == 8
            self.after += self.is_back
        if is_last:
            self.stopped.stop()
        return good(asked)

    def choose_other(self, asked):
        with self.lock:
            self.others += 1
            is_missed = "1 of 2 servers in use" in self.shown
            is_time = self.others >= self.back_after and is_missed and not self.is_back
            self.is_back |= is_time
        if is_time:
            self.stopped.start()
        return good(asked)


def test_one_of_two_servers_that_stops_and_comes_back_loses_nothing(pair, alone, tmp_path, caplog):
    steady, stopped = pair
    shown = set()
    stops = Stops(stopped, steady, 20, shown)
    run(
        write_study(tmp_path / "two", [one.url for one in pair]),
        lambda now: shown.add(now.words),
    )
    assert stops.replies > 8
    assert shown >= {"1 of 2 servers in use", "2 of 2 servers in use"}
    assert stops.after > 0  # in use again
    assert seen_of(tmp_path / "two") == alone
    with Store.open(tmp_path / "two") as store:
        answered = {one.address for one in origins(store)}
        remarks = served_remarks(store)
    assert answered == {one.url for one in pair}
    assert any("'far-solver': 2 servers answered" in line for line in remarks)
    assert not any("changed within the study" in line for line in remarks)
    told = " | ".join(record.message for record in caplog.records)
    assert f"server {stopped.url} is put aside" in told
    assert f"server {stopped.url} is in use again; 2 of 2 servers are in use" in told
    status = CliRunner().invoke(cli, ["study", "status", str(tmp_path / "two")])
    assert "2 servers answered" in status.output


def test_servers_that_mean_harm_change_no_answer(pair, alone, tmp_path):
    with ExitStack() as stack:
        bad = [stack.enter_context(running_endpoint()) for _ in HARM]
        for one, act in zip(bad, HARM, strict=True):
            one.listed = LISTED
            one.choose = lambda asked, act=act: good(asked) if asked["max_tokens"] == 1 else act
        pair[1].listed = Act(body={"data": [{"id": "other"}]})
        run(write_study(tmp_path / "many", [one.url for one in (*bad, *pair)]))
    assert seen_of(tmp_path / "many") == alone
    assert pair[1].bodies == []
    with Store.open(tmp_path / "many") as store:
        assert {one.address for one in origins(store)} == {pair[0].url}


def test_a_study_of_one_server_is_not_asked_again_when_it_has_two(pair, folder, alone):
    run(write_study(folder, [one.url for one in pair]))
    assert [one.bodies for one in pair] == [[], []]
    assert seen_of(folder) == alone


def test_both_servers_down_is_one_clear_line_and_nothing_is_lost(pair, alone, tmp_path):
    study_file = write_study(tmp_path / "two", [one.url for one in pair])
    cards = (tmp_path / "two" / "registry.toml").read_text()
    quick = cards.replace("backoff_s", "retry_for_s = 0.05, backoff_s")
    (tmp_path / "two" / "registry.toml").write_text(quick)
    for one in pair:
        one.choose = stopped_in_its_twelfth_reply(one)
    told = CliRunner().invoke(cli, ["study", "run", str(study_file)])
    assert "none of its 2 servers gives a usable reply" in str(told.exception)
    assert len(str(told.exception).splitlines()) == 1
    for one in pair:
        one.choose = good
        one.start()
    run(study_file)
    assert seen_of(tmp_path / "two") == alone


def stopped_in_its_twelfth_reply(endpoint):
    def choose(asked):
        if len(endpoint.bodies) == 12:
            endpoint.stop()
        return good(asked)

    return choose


def test_the_plan_and_the_list_name_the_servers(pair, tmp_path):
    study_file = write_study(tmp_path / "two", [one.url for one in pair])
    pair[1].stop()
    planned = CliRunner().invoke(cli, ["study", "plan", str(study_file)])
    assert f"far-solver: server {pair[0].url} in use (0 of 8 requests" in planned.output
    assert f"far-solver: server {pair[1].url} put aside" in planned.output
    registry = ["--registry", str(tmp_path / "two" / "registry.toml")]
    listed = CliRunner().invoke(cli, ["models", "list", *registry])
    assert f"{pair[0].url} {pair[1].url}" in listed.output
    checked = CliRunner().invoke(cli, ["models", "check", "far-solver", *registry])
    assert checked.exit_code == 0
    assert f"far-solver: server {pair[0].url} ok" in checked.output
    assert f"far-solver: server {pair[1].url} can't be used" in checked.output
