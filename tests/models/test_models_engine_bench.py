"""The measurement of the engine measures; how fast it is on a busy machine is no test."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict

import psutil
import pytest
from click.testing import CliRunner

from cgr_nb.bench.engine.contestant import Order
from cgr_nb.bench.engine.run import run_engine_bench
from cgr_nb.bench.engine.shape import SMALL, make_model
from cgr_nb.bench.engine.workload import ASKS, cgr_workload
from cgr_nb.cli import cli
from cgr_nb.errors import ModelError
from cgr_nb.models.gguf import read_head


def test_the_random_model_has_the_shape_it_is_said_to_have(tmp_path):
    path = make_model(SMALL, tmp_path)
    head = read_head(path)
    assert head.architecture == "qwen2"
    assert head.quantisation == "Q4_K_M"
    assert head.parameters == SMALL.parameters
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_workload_shares_what_a_study_shares():
    calls = cgr_workload(3)
    assert len(calls) == 3 * (1 + ASKS)
    assert len({call.system for call in calls}) == 1
    first = [call.prompt.rpartition("\n")[0] for call in calls[: 1 + ASKS]]
    assert len(set(first)) == 1
    assert min(call.max_tokens for call in calls) == 1
    assert max(call.max_tokens for call in calls) == 64
    assert calls == cgr_workload(3)


def test_even_replies_have_any_length():
    lengths = {call.max_tokens for call in cgr_workload(100, "even")}
    assert lengths == set(range(1, 65))


@pytest.fixture(scope="module")
def kept(random_weights):
    """A folder where the small random model stays."""
    return random_weights.parent


@pytest.fixture
def bench(kept, monkeypatch):
    """Runs the command, quickly."""
    monkeypatch.delenv("CGR_NB_LLAMA_SERVER", raising=False)

    def run(*arguments):
        order = ["bench", "engine", "--quick", "--items", "1", "--threads", "1", "--json"]
        return CliRunner().invoke(cli, [*order, "--keep", str(kept), *arguments])

    return run


def told(done):
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    return found, {line["contestant"]: line for line in found["contestants"]}


@pytest.mark.skipif(sys.platform != "linux", reason="processes die with their parent on Linux only")
def test_a_contestant_does_not_outlive_the_benchmark(kept, tmp_path):
    (path,) = kept.iterdir()
    order = Order("exact", str(path), 512, 1, 1, cgr_workload(400))
    (tmp_path / "order.json").write_text(json.dumps(asdict(order)))
    starter = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'cgr_nb.bench.engine.contestant'],"
        " stdin=open(sys.argv[1]))\n"
        "print(child.pid, flush=True); child.wait()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter, str(tmp_path / "order.json")],
        stdout=subprocess.PIPE,
        text=True,
    )
    child = psutil.Process(int(parent.stdout.readline()))
    # It has asked to die with its parent before it starts a worker.
    wait_until(child.children)
    (worker,) = child.children()
    parent.kill()
    parent.wait()
    wait_until(lambda: is_gone(child) and is_gone(worker))


def is_gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def wait_until(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_bench_engine_prints_every_contestant(bench):
    found, ours = told(bench("--flip-rate", "4"))
    assert {"loop", "exact", "batched_1", "batched_4"} <= ours.keys()
    assert ours["exact"]["same_replies_as_exact"] == ours["exact"]["calls"] == 7
    assert ours["batched_4"]["reused_percent"] > 40
    # On a busy machine one reply may be done before the next question comes: never more steps.
    assert ours["batched_4"]["steps"] <= ours["batched_1"]["steps"]
    assert 0 < ours["batched_1"]["overhead_percent"] < 100
    assert all(line["first_token_ms"] > 0 for line in ours.values())
    assert {"gpus", "threads"} <= found.keys()
    assert all(line["exact"] == 0 for line in found["flips"])
    assert found["flips"][-1]["model"].startswith(SMALL.name)


def test_a_model_without_a_chat_template_is_measured_like_others(bench, without_template):
    chosen = [word for name in ("loop", "exact", "batched_4") for word in ("--only", name)]
    _, ours = told(bench("--model", str(without_template), *chosen))
    assert set(ours) == {"loop", "exact", "batched_4"}
    assert all(line["reply_tokens_per_s"] > 0 for line in ours.values())


def test_rounds_of_several_calls_become_one_table(bench, tmp_path):
    into = str(tmp_path / "rounds.json")
    taking_part = ["--only", "loop", "--only", "batched_4", "--into", into]
    _, ours = told(bench(*taking_part))
    assert ours.keys() == {"loop", "batched_4"}
    assert ours["batched_4"]["times_loop_quartiles"] is None
    _, ours = told(bench(*taking_part, "--rounds", "2"))
    assert ours["batched_4"]["rounds"] == 3
    low, high = ours["batched_4"]["times_loop_quartiles"]
    assert low <= ours["batched_4"]["times_loop"] <= high


def test_rounds_that_were_measured_otherwise_are_refused(bench, tmp_path):
    into = tmp_path / "rounds.json"
    told(bench("--only", "batched_4", "--into", str(into)))
    before = into.read_bytes()
    failed = bench("--only", "batched_4", "--into", str(into), "--busy")
    assert isinstance(failed.exception, ModelError)
    assert "busy_processes_beside 0, now 1" in str(failed.exception)
    assert into.read_bytes() == before
    into.write_text("[]")
    assert isinstance(bench("--only", "batched_4", "--into", str(into)).exception, ModelError)


def test_a_second_model_of_ours_can_be_at_work_beside_each_contestant(bench):
    found, ours = told(bench("--rival", "--only", "batched_4", "--only", "batched_1"))
    assert found["rival"] is True
    assert ours["batched_4"]["calls"] == ours["batched_1"]["calls"] == 7


def test_a_contestant_that_is_not_known_is_named_with_those_that_are(bench):
    failed = bench("--only", "fats_4")
    assert isinstance(failed.exception, ModelError)
    assert "fats_4" in str(failed.exception)
    assert "batched_4" in str(failed.exception)


def test_llama_server_takes_part_with_its_slots_where_it_is_given(bench, tmp_path):
    # Anything that speaks its protocol: here the loopback server of these tests, as a program.
    server = tmp_path / "llama-server"
    server.write_text(f"#!{sys.executable}\n{LLAMA_SERVER}")
    server.chmod(0o755)
    given = ["--server", str(server), "--only", "batched_4"]
    _, ours = told(bench(*given, "--only", "server_1", "--only", "server_8"))
    assert {"server_1", "server_8"} <= ours.keys()
    assert ours["server_8"]["reused_percent"] == 50
    # Who has more places is given more whole items.
    assert (ours["server_1"]["calls"], ours["server_8"]["calls"]) == (7, 14)
    assert ours["batched_4"]["times_best_server"] > 0
    failed = bench("--server", str(tmp_path / "nothing"))
    assert isinstance(failed.exception, ModelError)


def test_without_llama_server_it_is_said_that_it_takes_no_part(bench, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    said = []
    run_engine_bench(1, 0, True, only=["exact"], folder=None, on_step=said.append)
    assert any("llama-server takes no part" in line for line in said)


LLAMA_SERVER = """
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def tell(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.tell("application/json", b"{}")
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["stream"]:
            self.tell("text/event-stream", b'data: {"choices":[{"delta":{"content":"a"}}]}\\n\\n')
            return
        reply = {"choices": [{"message": {"content": "a"}}], "timings": {"prompt_n": 5},
                 "usage": {"prompt_tokens": 10, "completion_tokens": 1}}
        self.tell("application/json", json.dumps(reply).encode())

port = int(sys.argv[sys.argv.index("--port") + 1])
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def test_the_floor_is_told_in_percent_and_in_multiples_of_the_loop(bench, tmp_path, monkeypatch):
    measured = tmp_path / "llama-batched-bench"
    lines = "".join(
        f'{{"pl": {count}, "speed_pp": 20000.0, "speed_tg": {1000.0 * count}}}\n'
        for count in (1, 4, 16, 64)
    )
    measured.write_text(f"#!/bin/sh\nprintf '%s' '{lines}'\n")
    measured.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    ours = told(bench("--only", "loop", "--only", "batched_4"))[1]["batched_4"]
    bound = ours["times_loop"] / ours["floor_percent"] * 100
    assert ours["times_loop_at_most"] == pytest.approx(bound, rel=0.1)
