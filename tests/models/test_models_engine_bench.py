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

from cgr_nb.cli import cli
from cgr_nb.models.benchmark.contestant import Order
from cgr_nb.models.benchmark.shape import SMALL, make_model
from cgr_nb.models.benchmark.workload import ASKS, cgr_workload
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


@pytest.mark.skipif(sys.platform != "linux", reason="processes die with their parent on Linux only")
def test_a_contestant_does_not_outlive_the_benchmark(tmp_path):
    path = make_model(SMALL, tmp_path)
    order = Order("exact", str(path), 512, 1, 1, cgr_workload(400))
    (tmp_path / "order.json").write_text(json.dumps(asdict(order)))
    starter = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'cgr_nb.models.benchmark.contestant'],"
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


def test_bench_engine_prints_every_contestant(tmp_path):
    done = CliRunner().invoke(
        cli,
        ["bench", "engine", "--quick", "--items", "1", "--threads", "1", "--json",
         "--flip-rate", "4", "--keep", str(tmp_path)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    ours = {line["contestant"]: line for line in told["contestants"]}
    assert {"loop", "exact", "batched_1", "batched_4"} <= ours.keys()
    assert ours["exact"]["same_replies_as_exact"] == told["calls"] == 7
    assert ours["batched_4"]["reused_percent"] > 40
    assert ours["batched_4"]["steps"] < ours["batched_1"]["steps"]
    assert 0 < ours["batched_1"]["overhead_percent"] < 100
    assert {"gpus", "threads"} <= told.keys()
    assert all(line["exact"] == 0 for line in told["flips"])
    assert told["flips"][-1]["model"].startswith(SMALL.name)


def test_bench_engine_can_be_told_who_takes_part(tmp_path):
    order = ["bench", "engine", "--quick", "--items", "1", "--threads", "1", "--json"]
    done = CliRunner().invoke(cli, [*order, "--only", "batched_4", "--keep", str(tmp_path)])
    assert done.exit_code == 0, done.output
    took_part = [line["contestant"] for line in json.loads(done.stdout)["contestants"]]
    assert took_part == ["exact", "batched_4"]
    failed = CliRunner().invoke(cli, [*order, "--only", "fats_4", "--keep", str(tmp_path)])
    assert failed.exit_code != 0


def test_the_floor_is_told_in_percent_and_in_multiples_of_the_loop(tmp_path, monkeypatch):
    measured = tmp_path / "llama-batched-bench"
    lines = "".join(
        f'{{"pl": {count}, "speed_pp": 20000.0, "speed_tg": {1000.0 * count}}}\n'
        for count in (1, 4, 16, 64)
    )
    measured.write_text(f"#!/bin/sh\nprintf '%s' '{lines}'\n")
    measured.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    order = ["bench", "engine", "--quick", "--items", "1", "--threads", "1", "--json"]
    taking_part = ["--only", "loop", "--only", "batched_4", "--keep", str(tmp_path)]
    done = CliRunner().invoke(cli, [*order, *taking_part])
    assert done.exit_code == 0, done.output
    ours = {line["contestant"]: line for line in json.loads(done.stdout)["contestants"]}[
        "batched_4"
    ]
    bound = ours["times_loop"] / ours["floor_percent"] * 100
    assert ours["times_loop_at_most"] == pytest.approx(bound, rel=0.1)
