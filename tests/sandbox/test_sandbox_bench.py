"""The measurement measures: on any machine the sandbox is well ahead of an interpreter a program."""

from cgr_nb.bench.sandbox import run_bench


def test_bench_tells_speed_memory_and_cost():
    told = run_bench(programs=40, rounds=1, waiting=16)
    assert told["traced_vs_fresh_ratio"] > 2
    # Which of the two is ahead is for the benchmark: on a busy machine 40 programs don't tell.
    assert told["plain_programs_per_s"] > 0
    assert told["bare_programs_per_s"] > 0
    assert 0 < told["memory_mb_per_waiting_program"] < 10
    assert told["trace_bytes_per_step"] < 50
    assert told["isolation"] == "strict"
