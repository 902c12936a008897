"""What this process can have of a machine, as made-up control groups tell it."""

from __future__ import annotations

import os

import pytest

from cgr_nb.machine import cpu_features, cpu_model, machine_memory, physical_cores


def write_groups(folder, cgroup, mounts, **limits):
    """A machine's control groups, as files."""
    (folder / "proc/self").mkdir(parents=True)
    (folder / "proc/self/cgroup").write_text(cgroup)
    (folder / "proc/self/mountinfo").write_text(mounts)
    for path, text in limits.items():
        file = folder / "sys/fs/cgroup" / path.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def machine(folder, cgroup, mounts, **limits):
    write_groups(folder, cgroup, mounts, **limits)
    return machine_memory(folder)


def cores(folder, cgroup, mounts, **limits):
    write_groups(folder, cgroup, mounts, **limits)
    return physical_cores(folder)


V2 = "30 20 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw\n"
V1 = "31 20 0:27 {root} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"


def test_the_limit_of_a_container_is_the_machine(tmp_path):
    assert machine(tmp_path, "0::/\n", V2, memory_dot_max="123456\n") == 123456


def test_a_group_is_within_the_groups_above_it(tmp_path):
    limits = {"a__b__memory_dot_max": "max\n", "a__memory_dot_max": "5000\n"}
    assert machine(tmp_path, "0::/a/b\n", V2, **limits) == 5000


def test_version_1_has_a_file_of_its_own(tmp_path):
    text = "4:memory:/job\n3:cpu:/x\n0::/\n"
    limits = {"memory__job__memory.limit_in_bytes": "7000\n"}
    assert machine(tmp_path, text, V1.format(root="/"), **limits) == 7000


def test_a_container_of_version_1_sees_its_own_group_at_the_top(tmp_path):
    limits = {"memory__memory.limit_in_bytes": "8000\n"}
    mounts = V1.format(root="/docker/abc")
    assert machine(tmp_path, "4:memory:/docker/abc\n", mounts, **limits) == 8000


@pytest.mark.parametrize("text", ["max\n", "9223372036854771712\n", "", "much", "-1", "0", "²"])
def test_what_is_no_limit_is_none(tmp_path, text):
    whole = machine_memory(tmp_path / "nowhere")
    assert whole > 1 << 20
    assert machine(tmp_path, "0::/\n", V2, memory_dot_max=text) == whole


def test_mounts_that_nobody_understands_are_passed_over(tmp_path):
    whole = machine_memory(tmp_path / "nowhere")
    assert machine(tmp_path, "0::/../..\n\n:\nx", "1 - \n- cgroup2\n" + V2) == whole


V1_CPU = "32 20 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
ALLOWED = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


@pytest.mark.skipif(ALLOWED is None, reason="this system tells nothing of cores")
@pytest.mark.parametrize(
    ("text", "threads"),
    [("50000 100000\n", 1), ("100000 100000\n", 1), ("max 100000\n", ALLOWED),
     ("9900000 100000\n", ALLOWED), ("", ALLOWED), ("50000", ALLOWED), ("x y", ALLOWED)],
)  # fmt: skip
def test_a_quota_is_as_many_threads_as_it_has_whole_processors_but_one_at_least(
    tmp_path, text, threads
):
    assert cores(tmp_path, "0::/\n", V2, cpu_dot_max=text) == threads


@pytest.mark.skipif(ALLOWED is None, reason="this system tells nothing of cores")
@pytest.mark.parametrize(("quota", "threads"), [("50000", 1), ("-1", ALLOWED)])
def test_version_1_has_its_quota_in_two_files(tmp_path, quota, threads):
    limits = {
        "cpu,cpuacct__job__cpu.cfs_quota_us": quota,
        "cpu,cpuacct__job__cpu.cfs_period_us": "100000",
    }
    assert cores(tmp_path, "4:cpu,cpuacct:/job\n", V1_CPU, **limits) == threads


@pytest.mark.parametrize(
    ("text", "model", "features"),
    [
        (
            "processor\t: 0\nmodel name\t: Some CPU @ 2.10GHz\nflags\t\t: fpu smep sse4_2 avx2 amx_tile\n"
            "processor\t: 1\nflags\t: avx512f\n",
            "Some CPU @ 2.10GHz",
            ("amx_tile", "avx2", "sse4_2"),
        ),
        ("processor : 0\nFeatures : fp asimd sve i8mm\n", None, ("asimd", "i8mm", "sve")),
        ("", None, ()),
    ],
    ids=["x86", "arm", "unknown"],
)
def test_a_processor_is_known_by_its_name_and_by_what_it_computes_with(
    tmp_path, text, model, features
):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(text)
    assert (cpu_model(tmp_path), cpu_features(tmp_path)) == (model, features)
