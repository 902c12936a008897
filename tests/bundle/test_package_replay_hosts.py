"""Replays in several host processes find what one process finds, and none that dies is waited for
or loses what was found."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress

import pytest
from tampering import change, find, rehash

from cgr_nb.bundle.archive import write_archive
from cgr_nb.errors import IsolationError
from cgr_nb.verify import verify_package
from cgr_nb.verify.recorded import resources_of
from cgr_nb.verify.replay_hosts import HAS_HOSTS, do_in_hosts

pytestmark = pytest.mark.skipif(not HAS_HOSTS, reason="this system copies no processes")


def working(do):
    """What opens the work of a host."""

    @asynccontextmanager
    async def open_work():
        yield do

    return open_work


def done_by(do, jobs, **how):
    """What came of jobs, what was lost, and what was not done."""
    results, lost = {}, []
    left = asyncio.run(
        do_in_hosts(
            working(do),
            jobs,
            **{"hosts": 2, "width": 3, **how},
            on_result=results.__setitem__,
            on_lost=lambda job, why: lost.append((job, why)),
        )
    )
    return results, lost, left


async def own_number(job: int) -> bytes:
    return str(job * job).encode()


def test_each_job_is_done_once_and_in_another_process():
    async def own_process(job: int) -> bytes:
        return str(os.getpid()).encode()

    results, lost, left = done_by(own_process, 20)
    assert (sorted(results), lost, left) == (list(range(20)), [], [])
    assert str(os.getpid()).encode() not in results.values()


def test_a_host_that_dies_loses_its_own_job_and_no_other():
    async def deadly(job: int) -> bytes:
        if job == 4:
            os.kill(os.getpid(), signal.SIGKILL)
        return await own_number(job)

    results, lost, left = done_by(deadly, 12)
    assert results == {job: str(job * job).encode() for job in range(12) if job != 4}
    assert (lost, left) == ([(4, "signal 9")], [])


def test_hosts_that_all_die_are_all_told_of():
    async def deadly(job: int) -> bytes:
        os._exit(7)

    results, lost, left = done_by(deadly, 5)
    assert (results, left) == ({}, [])
    assert lost == [(job, "exit code 7") for job in range(5)]


def test_what_a_host_raises_is_raised():
    async def refused(job: int) -> bytes:
        raise IsolationError("no walls", fix="build some")

    with pytest.raises(IsolationError, match="no walls; build some"):
        done_by(refused, 5)


def test_hosts_are_gone_when_the_work_is_cancelled(tmp_path):
    async def endless(job: int) -> bytes:
        (tmp_path / str(os.getpid())).touch()
        await asyncio.sleep(3600)
        return b""

    async def cancelled():
        doing = asyncio.ensure_future(
            do_in_hosts(
                working(endless),
                8,
                hosts=2,
                width=2,
                on_result=lambda job, said: None,
                on_lost=lambda job, how: None,
            )
        )
        while len(list(tmp_path.iterdir())) < 2:
            await asyncio.sleep(0.01)
        doing.cancel()
        with suppress(asyncio.CancelledError):
            await doing

    asyncio.run(cancelled())
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name), 0)


def test_several_hosts_find_what_one_process_finds(full_members, tmp_path):
    ran = find(full_members, "executions", lambda run: run["status"] == "ok")
    change(full_members, "executions", ran, difficulty="medium", output="other words")
    rehash(full_members)
    path = write_archive(full_members, tmp_path / "p.zip")
    one = verify_package(path, isolation="limits", processes=1)
    told = []
    three = verify_package(path, lambda *now: told.append(now), isolation="limits", processes=3)
    assert any("replayed it is" in problem.what for problem in one.problems)
    assert three.to_dict() == one.to_dict()
    done = [now for stage, now, _ in told if stage == "replays"]
    assert done == sorted(done)
    assert told[-1][1] == told[-1][2] == one.checked["replayed"]


def test_a_replay_whose_host_dies_is_a_problem_and_the_others_are_as_they_were(
    full_package, monkeypatch
):
    whole = verify_package(full_package, isolation="limits", processes=1)
    first = os.getpid()

    def deadly(contents, unit, store, runner):
        if os.getpid() != first and unit.item.id == min(contents.items):
            os.kill(os.getpid(), signal.SIGKILL)
        return resources_of(contents, unit, store, runner)

    monkeypatch.setattr("cgr_nb.verify.replaying.resources_of", deadly)
    found = verify_package(full_package, isolation="limits", processes=2)
    assert whole.ok
    assert not found.ok
    assert {problem.what for problem in found.problems} == {
        "can't be replayed: the process that replays it ends (signal 9)"
    }
    assert found.checked["replayed"] + len(found.problems) == whole.checked["replayed"]
