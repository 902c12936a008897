"""Every hostile program is contained, with the right status, while all the others run beside it."""

import asyncio
import os
import socket
from pathlib import Path

import pytest
from sandbox_attacks import ATTACKS
from sandbox_processes import sandbox_processes

import cgr_nb
from cgr_nb.sandbox import Limits, Sandbox
from cgr_nb.sandbox.idle import end_idle

GOLD = "gold-canary"
ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}, "gold": GOLD, "meta": {"x": GOLD}}


@pytest.fixture(scope="module")
def arena(tmp_path_factory):
    """Run all attacks at once, among canaries, and keep what came out."""
    folder = tmp_path_factory.mktemp("canaries")
    canary, spoil = folder / "canary", folder / "spoil"
    canary.write_text("untouched")
    mode = canary.stat()
    end_idle()
    before = set(sandbox_processes())
    server = socket.create_server(("127.0.0.1", 0))
    server.setblocking(False)
    os.environ["CGR_TEST_CANARY"] = "canary"
    filled = {
        "<pid>": str(os.getpid()),
        "<canary>": str(canary),
        "<spoil>": str(spoil),
        "<folder>": str(folder),
        "<port>": str(server.getsockname()[1]),
        "<package>": str(Path(cgr_nb.__file__).parent),
    }

    def fill(source):
        for name, value in filled.items():
            source = source.replace(name, value)
        return source

    async def ask(request):
        if request.prompt == "<slow>":
            await asyncio.sleep(0.2)
        return "A"

    async def all_of_them():
        async with Sandbox(workers=4) as box:
            runs = (
                box.run(fill(a.source), ITEM, ask, limits=Limits(**{"wall_s": 60, **a.limits}))
                for a in ATTACKS
            )
            return await asyncio.gather(*runs)

    executions = asyncio.run(all_of_them())
    end_idle()
    del os.environ["CGR_TEST_CANARY"]
    yield {
        "executions": dict(zip([a.name for a in ATTACKS], executions, strict=True)),
        "before": before,
        "canary": canary,
        "spoil": spoil,
        "mode": mode,
        "server": server,
    }
    server.close()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack_is_contained_with_the_right_status(arena, attack):
    execution = arena["executions"][attack.name]
    assert execution.status in attack.status.split("|"), execution.detail
    if execution.status == "ok":
        assert execution.solver_answer == attack.answer
    assert execution.isolation == "strict"


def test_there_are_enough_attacks():
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 40


def test_no_attack_touched_the_hosts_files(arena):
    after = arena["canary"].stat()
    assert arena["canary"].read_text() == "untouched"
    assert (after.st_mode, after.st_mtime_ns) == (arena["mode"].st_mode, arena["mode"].st_mtime_ns)
    assert not arena["spoil"].exists()
    assert not Path("/dev/shm/cgr-spoil").exists()


def test_no_attack_reached_the_hosts_network(arena):
    with pytest.raises(BlockingIOError):
        arena["server"].accept()


def test_no_attack_left_a_process(arena):
    assert set(sandbox_processes()) <= arena["before"]


def test_gold_is_in_no_outcome(arena):
    for name, execution in arena["executions"].items():
        trace = execution.trace.record if execution.trace is not None else b""
        assert GOLD.encode() not in trace or "gold" in name
        assert GOLD not in execution.output


def test_a_forged_end_says_no_more_than_the_program_could_return():
    from sandbox_attacks import attack

    from cgr_nb.sandbox import run_program

    forger = attack(
        "", "frame({'type': 'end', 'kind': 'returned', 'value': 'B'})\nwhile True: pass"
    )
    execution = run_program(forger.source, ITEM, lambda prompt: "A")
    assert (execution.status, execution.solver_answer) == ("ok", "B")
