"""The worker process: what kills it is an error with a cause, and the study goes on."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import faults
import pytest
from faults import fault

from cgr_nb.errors import ModelError, RequestError
from cgr_nb.models.llama import LlamaModel
from cgr_nb.models.worker.findings import extra_buffers_crash
from cgr_nb.models.worker.placement import Placement
from cgr_nb.records import Message, Sampling

psutil = pytest.importorskip("psutil")

SHORT = Sampling(max_tokens=4)
LONG = Sampling(max_tokens=200, temperature=1.5, seed=3)


def user(text):
    return [Message("user", text)]


def ask(model, text="Hello.", sampling=SHORT):
    return asyncio.run(model.reply(user(text), sampling))


@pytest.fixture
def model(card_of, weights):
    opened = LlamaModel(card_of(weights("solver")), Path())
    yield opened
    asyncio.run(opened.close())


@pytest.fixture
def generator(card_of, weights):
    opened = LlamaModel(
        card_of(weights("generator"), options={"n_threads": 1, "mode": "batched"}), Path()
    )
    yield opened
    asyncio.run(opened.close())


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """What is found out about this machine stays in the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def is_gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until(condition, what):
    for _ in range(600):
        if condition():
            return
        threading.Event().wait(0.05)
    pytest.fail(f"never came true: {what}")


def test_the_process_that_asks_never_loads_llama_cpp(repository, weights):
    code = f"""
import asyncio, pathlib, sys
from cgr_nb.models import card_from_gguf, check_model, open_model, build_info
from cgr_nb.records import Message, Sampling
card = card_from_gguf(pathlib.Path({str(weights("solver"))!r}))
model = open_model(card)
asyncio.run(model.reply([Message("user", "hi")], Sampling(max_tokens=2)))
assert check_model(card, pathlib.Path("/")).problem is None
build_info()
print([name for name in sys.modules if name.startswith("llama_cpp")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_script_without_a_main_guard_can_ask(tmp_path, weights):
    script = tmp_path / "plain.py"
    script.write_text(
        "import asyncio, pathlib\n"
        "from cgr_nb.models import card_from_gguf, open_model\n"
        "from cgr_nb.records import Message, Sampling\n"
        f"model = open_model(card_from_gguf(pathlib.Path({str(weights('solver'))!r})))\n"
        "print(asyncio.run(model.reply([Message('user', 'hi')], Sampling(max_tokens=2))).finish)\n"
    )
    # A module of the working folder is not to stand before the library's.
    (tmp_path / "queue.py").write_text("raise SystemExit(3)")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "stop\n", "")


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGKILL", "SIGABRT", "SIGILL", "SIGBUS", "SIGTERM"])
def test_a_worker_that_is_killed_while_idle_is_started_again(model, name):
    before = ask(model)
    first = model.pid
    os.kill(first, getattr(signal, name))
    wait_until(lambda: model.pid is None, "the death is noticed")
    assert ask(model).text == before.text
    assert model.pid != first


def test_calls_in_flight_are_asked_again_when_the_worker_dies(generator):
    texts = [f"Write about {number}." for number in range(6)]
    right = [ask(generator, text, LONG).text for text in texts]

    async def scene():
        calls = [asyncio.create_task(generator.reply(user(text), LONG)) for text in texts]
        await asyncio.sleep(0)
        while generator.stats.requests < len(texts) + 2:
            await asyncio.sleep(0.005)
        os.kill(generator.pid, signal.SIGKILL)
        return [(await call).text for call in calls]

    assert asyncio.run(scene()) == right


def test_streamed_text_comes_once_though_the_reply_is_made_twice(generator):
    whole = ask(generator, "Write a program.", LONG).text
    pieces = []

    def on_text(piece):
        pieces.append(piece)
        if len(pieces) == 5:
            os.kill(generator.pid, signal.SIGKILL)

    reply = asyncio.run(generator.reply(user("Write a program."), LONG, on_text))
    assert "".join(pieces) == reply.text == whole


def test_a_call_that_kills_the_worker_twice_is_refused_and_others_are_answered(
    card_of, weights, tmp_path
):
    with fault(tmp_path / "fault", faults.DIES_ON_A_WORD):
        model = LlamaModel(card_of(weights("solver")), Path())

        async def scene():
            texts = ["What is 2 plus 3?", "DEADLY", "What is 9 times 3?", "What is 1 plus 1?"]
            calls = (model.reply(user(text), SHORT) for text in texts)
            ended = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(one).__name__ for one in ended] == ["Reply", "RequestError"] + [
                "Reply"
            ] * 2
            return ended

        ended = asyncio.run(scene())
        assert str(ended[1]) == f"model '{model.card.name}': crashed the model (got SIGSEGV)"
        assert ended[0].text == " 5"
        with pytest.raises(RequestError, match="crashed the model"):
            ask(model, "DEADLY too")
        # A third one, and it is the model that is at fault.
        with pytest.raises(ModelError, match="3 different calls crashed the model") as caught:
            ask(model, "DEADLY as well")
        assert not isinstance(caught.value, RequestError)
        asyncio.run(model.close())


def test_a_worker_that_dies_while_loading_is_one_line_with_llama_cpps_words(
    card_of, weights, tmp_path
):
    model = LlamaModel(card_of(weights("solver")), Path())
    with fault(tmp_path / "fault", faults.DIES_WHILE_LOADING), pytest.raises(ModelError) as caught:
        ask(model)
    line = str(caught.value)
    assert (
        "died while it loaded the weights (got SIGABRT: ggml.c:1: GGML_ASSERT(n_layer > 0)" in line
    )
    assert "\n" not in line
    # It is no lasting harm: the next question tries again.
    assert ask(model).text
    asyncio.run(model.close())


@pytest.mark.usefixtures("own_cache")
def test_a_first_batch_that_dies_with_extra_buffers_is_tried_without_them_and_noted(
    card_of, weights, tmp_path, caplog
):
    with fault(tmp_path / "fault", faults.DIES_IN_FIRST_BATCH_WITH_EXTRA_BUFFERS):
        model = LlamaModel(card_of(weights("solver")), Path())
        with caplog.at_level(logging.WARNING, "cgr_nb"):
            assert ask(model, "What is 2 plus 3?").text == " 5"
        assert extra_buffers_crash().death == "SIGSEGV"
        assert model.note == extra_buffers_crash().line
        assert "CC=clang" in model.note
        assert [record.message for record in caplog.records] == [model.note]
        asyncio.run(model.close())
        # It is found out once: the next model does without from the first, and nothing is repeated.
        caplog.clear()
        again = LlamaModel(card_of(weights("generator")), Path())
        assert ask(again).text is not None
        assert again.note
        assert caplog.records == []
        asyncio.run(again.close())


@pytest.mark.usefixtures("own_cache")
def test_a_first_batch_that_dies_either_way_is_an_error_and_blames_no_buffers(
    card_of, weights, tmp_path
):
    with (
        fault(tmp_path / "fault", faults.DIES_IN_FIRST_BATCH),
        pytest.raises(ModelError, match=r"died in its first batch \(got SIGILL.*another processor"),
    ):
        ask(LlamaModel(card_of(weights("solver")), Path()))
    assert extra_buffers_crash() is None


def test_extra_buffers_are_those_of_plain_llama(model, plain_llama, weights):
    ask(model)
    plain = plain_llama.ask(what="buffers", path=str(weights("solver")))
    assert list(model.buffers) == plain
    assert plain


@pytest.mark.parametrize("body", [faults.SENDS_NONSENSE, faults.ANSWERS_NONSENSE])
def test_a_worker_that_sends_what_makes_no_sense_is_ended_with_an_error(
    card_of, weights, tmp_path, body
):
    with fault(tmp_path / "fault", body):
        model = LlamaModel(card_of(weights("solver")), Path())
        with pytest.raises(ModelError, match="sent an invalid answer"):
            ask(model)
        asyncio.run(model.close())


def test_a_worker_ends_when_it_is_closed_and_its_pid_is_reaped(model):
    ask(model)
    pid = model.pid
    asyncio.run(model.close())
    assert not psutil.pid_exists(pid)
    with pytest.raises(ModelError, match="the model is closed"):
        ask(model)


def test_a_model_that_nobody_holds_ends_its_worker(card_of, weights):
    def once():
        model = LlamaModel(card_of(weights("solver")), Path())
        ask(model)
        return model.pid

    pid = once()
    wait_until(lambda: is_gone(pid), "the worker has ended")


PARENT = """
import asyncio, os, pathlib, sys, threading
from cgr_nb.models import card_from_gguf, open_model
from cgr_nb.records import Message, Sampling
model = open_model(card_from_gguf(pathlib.Path({path!r})))
second = open_model(card_from_gguf(pathlib.Path({path!r})))
asyncio.run(model.reply([Message("user", "hi")], Sampling(max_tokens=2)))
asyncio.run(second.reply([Message("user", "hi")], Sampling(max_tokens=2)))
forked = os.fork()
if not forked:
    threading.Event().wait(20)
    os._exit(0)
if {busy!r}:
    def on_text(_):
        print(model.pid, second.pid, forked, flush=True)
    asyncio.run(model.reply([Message("user", "Write.")], Sampling(max_tokens=400, temperature=3.0), on_text))
print(model.pid, second.pid, forked, flush=True)
threading.Event().wait(60)
"""


@pytest.mark.parametrize("busy", [False, True])
def test_workers_end_with_a_parent_that_is_killed_though_a_forked_child_lives(weights, busy):
    code = PARENT.format(path=str(weights("generator")), busy=busy)
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    first, second, forked = map(int, parent.stdout.readline().split())
    assert psutil.pid_exists(first)
    parent.kill()
    parent.wait()
    assert psutil.pid_exists(forked)
    wait_until(lambda: is_gone(first) and is_gone(second), "both workers have ended")
    os.kill(forked, signal.SIGKILL)
    parent.stdout.close()


def test_a_model_in_a_forked_child_says_so_at_once(model, tmp_path):
    ask(model)
    told = tmp_path / "told"
    forked = os.fork()
    if not forked:
        try:
            ask(model)
        except ModelError as error:
            told.write_text(str(error))
        finally:
            os._exit(0)
    os.waitpid(forked, 0)
    assert "of which this one is a forked copy" in told.read_text()
    assert ask(model).text


def test_ctrl_c_does_not_reach_the_worker(model):
    ask(model)
    assert os.getsid(model.pid) == model.pid
    assert os.getpgid(model.pid) != os.getpgid(0)


@pytest.mark.skipif(sys.platform != "linux", reason="what a process gives up is told by Linux")
def test_the_worker_has_given_up_what_it_does_not_need(model, on_gpu):
    ask(model)
    status = Path(f"/proc/{model.pid}/status").read_text()
    assert Path(f"/proc/{model.pid}/oom_score_adj").read_text() == "1000\n"
    assert "Max core file size        0 " in " ".join(
        Path(f"/proc/{model.pid}/limits").read_text().splitlines()
    )
    if not on_gpu:
        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")
def test_the_worker_reads_its_weights_and_no_other_file_of_the_user(
    card_of, weights, tmp_path, on_gpu
):
    from cgr_nb.confinement import landlock

    if on_gpu or not landlock.abi():
        pytest.skip("no Landlock here, or models need devices")
    secret, told = tmp_path / "secret", tmp_path / "told"
    secret.write_text("secret")
    told.touch()
    body = f"""
    from cgr_nb.models.worker import serve
    listen = serve._Worker.listen
    def look(self, parent):
        import errno, socket
        found = []
        for attempt in (lambda: open({str(secret)!r}), lambda: open({str(tmp_path / "new")!r}, "w"),
                        lambda: socket.socket()):
            try:
                attempt()
                found.append("done")
            except OSError as error:
                found.append(errno.errorcode[error.errno])
        os.write(pipe, " ".join(found).encode())
        listen(self, parent)
    serve._Worker.listen = look
    pipe = os.open({str(told)!r}, os.O_WRONLY)
"""
    with fault(tmp_path / "fault", body):
        model = LlamaModel(card_of(weights("solver")), Path())
        assert ask(model).text
        asyncio.run(model.close())
    assert told.read_text() == "EACCES EACCES EACCES"


def test_models_share_a_worker_where_they_are_told_to(card_of, weights):
    placement = Placement(share=True)
    one = LlamaModel(card_of(weights("solver")), Path(), placement)
    two = LlamaModel(card_of(weights("generator")), Path(), placement)
    alone = ask(one).text
    ask(two)
    assert one.pid == two.pid
    pid = one.pid
    asyncio.run(two.close())
    assert ask(one).text == alone
    assert one.pid == pid
    # What kills it kills both, and both come back.
    assert ask(LlamaModel(card_of(weights("solver")), Path(), placement)).text == alone
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: one.pid is None, "the death is noticed")
    assert ask(one).text == alone
    asyncio.run(one.close())


def test_a_device_that_takes_one_process_only_makes_models_share(card_of, weights, tmp_path):
    """Workers refuse to load, as a GPU in exclusive mode makes them, while another one lives."""
    lock = tmp_path / "device"
    body = f"""
    import fcntl
    from cgr_nb.errors import ModelError
    device = open({str(lock)!r}, "w")
    load = native.load_weights
    def load_weights(path, *rest):
        try:
            fcntl.flock(device, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ModelError("llama.cpp can't load the weights", got="CUDA error: all CUDA-capable devices are busy or unavailable")
        return load(path, *rest)
    loaded.load_weights = load_weights
    from cgr_nb.models.worker import serve
    serve.confine = lambda *_: None
"""
    with fault(tmp_path / "fault", body):
        placement = Placement()
        one = LlamaModel(card_of(weights("solver")), Path(), placement)
        two = LlamaModel(card_of(weights("generator")), Path(), placement)
        ask(one)
        ask(two)
        assert one.pid == two.pid
        asyncio.run(one.close())
        asyncio.run(two.close())


def test_a_cancelled_call_is_taken_back_from_the_worker(generator):
    ask(generator)

    async def scene():
        call = asyncio.create_task(generator.reply(user("Write."), LONG))
        while generator.stats.requests < 2:
            await asyncio.sleep(0.005)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        before = generator.stats.steps
        await generator.reply(user("Hello."), Sampling(max_tokens=1))
        # One batch for the prompt, and at most one that was on its way.
        return generator.stats.steps - before

    assert asyncio.run(scene()) <= 3


def test_a_worker_of_little_memory_is_an_error_with_a_cause(card_of, weights, tmp_path):
    body = """
    import resource
    size = int(open("/proc/self/statm").read().split()[0]) * 4096
    resource.setrlimit(resource.RLIMIT_AS, (size + (8 << 20), size + (8 << 20)))
"""
    with fault(tmp_path / "fault", body):
        model = LlamaModel(card_of(weights("solver")), Path())
        with pytest.raises(ModelError) as caught:
            ask(model)
    assert "\n" not in str(caught.value)
    assert caught.value.fix


MOMENTS, MANY_MOMENTS = 8, 60
"""The many where `--fuzz-seconds` is 30 or more."""


def test_a_worker_killed_at_any_moment_costs_no_reply(generator, fuzz_seconds):
    """Signals at random moments of loading, prompts, replies and idleness."""
    moments = MANY_MOMENTS if fuzz_seconds >= 30 else MOMENTS
    whims = random.Random(11)
    names = ("SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM", "SIGBUS", "SIGFPE")
    texts = [f"Write a program for {number}." for number in range(8)]
    sampling = Sampling(max_tokens=40, temperature=1.2, seed=9)
    right = [ask(generator, text, sampling).text for text in texts]

    async def scene():
        killed = 0
        for _ in range(moments):
            calls = [asyncio.create_task(generator.reply(user(text), sampling)) for text in texts]
            await asyncio.sleep(whims.random() * 0.3)
            pid = generator.pid
            if pid is not None:
                os.kill(pid, getattr(signal, whims.choice(names)))
                killed += 1
            assert [(await call).text for call in calls] == right
        return killed

    killed = asyncio.run(scene())
    print(f"{killed} workers killed in {moments} rounds")
    assert killed > moments / 3


def test_a_study_goes_on_where_a_worker_dies_at_its_first_batch_with_extra_buffers(
    own_cache, tmp_path
):
    """The machine that started it all: the first command must end well there."""
    fault_folder = tmp_path / "fault"
    with fault(fault_folder, faults.DIES_IN_FIRST_BATCH_WITH_EXTRA_BUFFERS):
        code = "import sys; from cgr_nb.cli import main; sys.exit(main())"
        done = subprocess.run(
            [sys.executable, "-c", code, "demo", "--per-dataset", "1", "--out", str(tmp_path / "demo")],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("extra buffers") == 1
    assert "Traceback" not in done.stderr
    report = (tmp_path / "demo" / "report" / "index.html").read_text("utf-8")
    assert "extra buffers (AMX and the like) are off" in report
    assert json.loads(next((own_cache / "cgr-nb").glob("*.json")).read_text())["death"] == "SIGSEGV"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells a process's environment")
@pytest.mark.parametrize(
    ("said", "spins"),
    [({}, "1000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "ACTIVE"}, None)],
    ids=["nothing", "a-count", "a-policy"],
)
def test_threads_wait_a_moment_for_each_other_and_then_sleep_unless_the_user_says_otherwise(
    model, monkeypatch, said, spins
):
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    ask(model)
    lines = Path(f"/proc/{model.pid}/environ").read_bytes().split(b"\0")
    told = dict(line.decode().split("=", 1) for line in lines if line)
    assert told.get("GOMP_SPINCOUNT") == spins
    assert told.get("OMP_WAIT_POLICY") == said.get("OMP_WAIT_POLICY")
