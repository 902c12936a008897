"""What all tests share: where things are, and plain skips where something is absent."""

from __future__ import annotations

import compileall
import fcntl
import gc
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LONG_FUZZING_S = 30
"""From so many seconds of `--fuzz-seconds` on, everything that draws its inputs draws many."""
LONGEST_S = 300
"""Seconds that a test may take, beside those that it fuzzes."""
DEAR = (
    "audit/test_audit_corpus.py",
    "test_readme.py",
    "test_install.py",
    "models/test_models_engine_bench.py",
    "test_same_numbers.py",
    "widgets/test_widgets_saved.py",
    "models/test_models_worker.py",
    "bundle/test_package_redo.py",
    "models/test_models_engine.py",
    "widgets/test_widgets_workbench.py",
    "widgets/test_widgets_auditor.py",
    "study/test_study_redo.py",
    "test_end_to_end.py",
    "sandbox/test_sandbox_corpus.py",
    "audit/test_audit_formats.py",
    "bundle/test_package_own_arms.py",
    "bundle/test_package_belonging.py",
    "study/test_study_caps.py",
    "study/test_study_run.py",
    "answers/test_answers_measured.py",
    "test_quality.py",
    "widgets/test_widgets_safety.py",
    "study/test_study_programs.py",
    "study/test_study_bad_hour.py",
    "study/test_study_arms.py",
    "widgets/test_widgets_lab.py",
    "sandbox/test_sandbox_concurrency.py",
    "sandbox/test_sandbox_attacks.py",
    "study/test_study_base_model.py",
    "study/test_study_endpoint.py",
    "bundle/test_package_shapes.py",
    "bundle/test_package_tampering.py",
    "bundle/test_package_tampering_arms.py",
    "bundle/test_package_without_posix.py",
    "models/test_models_worker_mutants.py",
    "models/test_models_pool.py",
    "study/test_study_plan.py",
    "notebook/test_notebook_rerun.py",
    "sandbox/test_sandbox_isolation.py",
    "test_real_models.py",
)
"""Files whose tests take longest, seconds of CPU and more, the longest before all. They are begun in
this order, so that no process ends long after the others; and their tests are "slow"."""
TOGETHER = {
    f"tests/widgets/test_widgets_{name}.py": "JupyterLab"
    for name in ("hosts", "lab", "notebook", "saved")
}
"""Files that one process works through, for what they share is dear: a JupyterLab."""
SLOW_ROOMS = ("bundle", "notebook", "paper", "study")
"""Rooms in which nearly every test runs a whole study."""
MARKED_BY_FIXTURE = {
    "browser": ("browser_program", "browser", "pages", "lab_server", "lab"),
    "model": ("weights", "proven", "plain_llama", "smollm2", "real_weights"),
}
"""Marker -> fixtures whose tests have it: they start a browser, or llama.cpp."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-seconds",
        type=float,
        default=1.0,
        help="seconds for which each fuzz test makes inputs; from 30 on other tests draw more too",
    )
    parser.addoption(
        "--real-items",
        type=int,
        default=1,
        help="items that real models are asked in a study of their own",
    )


def pytest_configure(config: pytest.Config) -> None:
    many = config.getoption("--fuzz-seconds") >= LONG_FUZZING_S
    # No deadline: on a busy machine any example may take long.
    settings.register_profile("ours", max_examples=400 if many else 50, deadline=None)
    settings.load_profile("ours")
    if not hasattr(config, "workerinput"):
        # Hundreds of processes import the package: where nothing keeps bytecode, as where
        # PYTHONDONTWRITEBYTECODE is set, each of them would compile it anew.
        compileall.compile_dir(ROOT / "cgr_nb", quiet=2)


class Turned(pytest.Dir):
    """The folder of tests, begun elsewhere by each process: a file whose assertions one of them has
    rewritten is read by the others, and not rewritten by all of them at once."""

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        found = list(super().collect())
        worker = getattr(self.config, "workerinput", None)
        if worker is None or len(found) < 2:
            return found
        number = int(worker["workerid"].removeprefix("gw"))
        start = len(found) * number // int(worker["workercount"])
        return found[start:] + found[:start]


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Dir | None:
    """See `Turned`."""
    return Turned.from_parent(parent, path=path) if path == HERE else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each process whole files, as `--dist loadfile` does, and some files together."""
    from xdist.scheduler import LoadFileScheduling

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            return TOGETHER.get(file, file)

    return Files(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seconds = config.getoption("--fuzz-seconds")
    for item in items:
        if "fuzz_seconds" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(LONGEST_S + seconds))
        for name in markers_of(item):
            item.add_marker(name)
    first = {file: number for number, file in enumerate(DEAR)}
    # By name again in the folder that `Turned` began elsewhere: the same in every process.
    items.sort(key=lambda item: (first.get(file_of(item), len(DEAR)), file_of(item).split("/")[0]))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and thousands of collected tests live to the end: looked through for garbage again
    and again, they cost a fifth of the CPU time of what is tested. Rewritten tests are kept as
    bytecode whatever the environment says: to rewrite them is half of the time of collecting."""
    as_it_was, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    gc.disable()
    try:
        return (yield)
    finally:
        sys.dont_write_bytecode = as_it_was
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        gc.enable()


def file_of(item: pytest.Item) -> str:
    """The file of a test, as `DEAR` names it."""
    return _beside_this(item.path)


@lru_cache(maxsize=1024)  # thousands of tests are of a few hundred files
def _beside_this(path: Path) -> str:
    return path.relative_to(HERE).as_posix()


def markers_of(item: pytest.Item) -> Iterator[str]:
    """What a test is by its fixtures and its file; "fast" where it is nothing else."""
    fixtures, file = set(getattr(item, "fixturenames", ())), file_of(item)
    found = [name for name, theirs in MARKED_BY_FIXTURE.items() if fixtures.intersection(theirs)]
    if file in DEAR or file.partition("/")[0] in SLOW_ROOMS or item.get_closest_marker("slow"):
        found.append("slow")
    yield from found or ["fast"]


@pytest.fixture(scope="module", autouse=True)
def arms_of_a_file_end_with_it() -> Iterator[None]:
    """Arms that tests make known are known to all that follows in the process: take them back."""

    def known() -> set[str]:
        arms = sys.modules.get("cgr_nb.arms")
        return set(arms.arm_names()) if arms else set()

    before = known()
    yield
    for name in known() - before:
        sys.modules["cgr_nb.arms"].unregister_arm(name)


@pytest.fixture(scope="session")
def fuzz_seconds(request: pytest.FixtureRequest) -> float:
    """How long a fuzz test makes inputs: a moment, or as long as `--fuzz-seconds` says."""
    return float(request.config.getoption("--fuzz-seconds"))


@pytest.fixture(scope="session")
def try_many(fuzz_seconds: float) -> bool:
    """Whether tests that try many of a kind are to try as many as there are."""
    return fuzz_seconds >= LONG_FUZZING_S


@pytest.fixture(scope="session")
def made_once(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[str, Callable[[Path], object]], Path]:
    """Have a folder made by the first process of the run that needs it, for all of them.

    `made_once(name, make)` calls `make` with a path where nothing is yet, and gives a path to what
    was made. It is shared by the tests of a process: one that writes takes a copy.
    """
    place = own = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        place = own.parent  # of the processes that share the work

    def once(name: str, make: Callable[[Path], object]) -> Path:
        folder, made = place / name, place / f"{name}.made"
        with (place / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                make(folder)
                made.touch()
            # Each process has a copy: files that one makes beside an open database, and takes away
            # again, are not to be met by another.
            mine = own / name
            if not mine.exists():
                shutil.copytree(folder, mine)
        return mine

    return once


@pytest.fixture(scope="session")
def demo_of_three(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """A folder with the demo study of three items a set, as its command makes it, and "said.json",
    what the command printed. Read only."""

    def make(folder: Path) -> None:
        folder.mkdir()
        words = ["demo", "--out", str(folder / "study"), "--per-dataset", "3", "--json"]
        command = [sys.executable, "-m", "cgr_nb.cli", *words]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        (folder / "said.json").write_text(done.stdout, "utf-8")

    return made_once("demo-of-three", make)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top of the source checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real public items, replies and programs, which are not part of this repository."""
    place = ROOT.parent / "shared" / "data"
    if not place.is_dir():
        pytest.skip("../shared/data is absent")
    return place


@pytest.fixture
def hub_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty cache of the hub's client, for this process and those that it starts."""
    constants = pytest.importorskip("huggingface_hub.constants")
    home = tmp_path_factory.mktemp("hub-home")
    monkeypatch.setenv("HF_HOME", str(home))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    # Read once, when the client is imported.
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    return home / "hub"
