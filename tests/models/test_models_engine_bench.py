"""The measurement of the engine measures; how fast it is on a busy machine is no test."""

from __future__ import annotations

import json

from click.testing import CliRunner

from cgr_nb.cli import cli
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


def test_bench_engine_prints_every_contestant(tmp_path):
    done = CliRunner().invoke(
        cli,
        ["bench", "engine", "--quick", "--items", "1", "--threads", "1", "--json",
         "--flip-rate", "4", "--keep", str(tmp_path)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    ours = {line["contestant"]: line for line in told["contestants"]}
    assert {"loop", "exact", "fast_1", "fast_4"} <= ours.keys()
    assert ours["exact"]["same_replies_as_exact"] == told["calls"] == 7
    assert ours["fast_4"]["reused_percent"] > 40
    assert ours["fast_4"]["steps"] < ours["fast_1"]["steps"]
    assert 0 < ours["fast_1"]["overhead_percent"] < 100
    assert all(line["exact"] == 0 for line in told["flips"])
    assert told["flips"][-1]["model"].startswith(SMALL.name)
