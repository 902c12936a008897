"""Shards submitted to this machine, to Dask and to Slurm: followed, killed, called off, gone on."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest
from click.testing import CliRunner
from shard_study import SOLVERS, records_of, union_of, write_shard_study
from slurm_like import install

from cgr_nb import Study
from cgr_nb.cli import cli
from cgr_nb.errors import CgrError, ConfigError
from cgr_nb.models import ScriptedModel
from cgr_nb.store.merge_redos import BUILT_ON
from cgr_nb.study import (
    RedoChoice,
    StudyConfig,
    publish_shard,
    redo_study,
    shard_folder,
    shards_of,
)
from cgr_nb.study.executors import (
    TRY_AGAIN,
    Submission,
    SubmitOptions,
    cancel_submissions,
    jobs_of,
    submit_study,
)

LATE_S = 0.05
ASKING = ("think_execute",)


def until(found, patience_s=60):
    """Wait for something to be so, and give it back."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.02)
    raise AssertionError("it did not come about")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The study in one piece; gives its records."""
    folder = tmp_path_factory.mktemp("whole")
    file = write_shard_study(folder, delay_s=LATE_S)
    Study.run(file, progress=False, phase="generate").close()
    Study.run(file, progress=False).close()
    return records_of(folder)


def folders_of(study):
    return [study, *sorted((study / "shards").iterdir())]


def process_of(folder):
    """The process that fills a shard's folder."""
    lock = folder / ".lock"
    text = lock.read_text() if lock.exists() else ""
    return int(text) if text else None


def test_local_shards_of_which_one_is_killed_are_the_study_in_one_piece(whole, tmp_path):
    config = StudyConfig.load(write_shard_study(tmp_path, delay_s=LATE_S))
    at_work = submit_study(config, tmp_path, 1, options=SubmitOptions(workers=2))
    victim = tmp_path / "shards" / f"{SOLVERS[0]}-0-of-1"
    until(lambda: at_work.progress().done > 0)
    os.kill(until(lambda: process_of(victim)), signal.SIGKILL)
    found = at_work.wait(progress=False)
    assert found.is_done
    assert (found.done, found.total) == (24, 24)
    assert found.shards == {"done": 2}
    assert records_of(tmp_path) == union_of(folders_of(tmp_path)) == whole

    # The same again finds all of it done, and starts no process.
    logs = {path: path.stat().st_mtime_ns for path in at_work.submission.place.rglob("*.log")}
    again = submit_study(config, tmp_path, 1).wait(progress=False)
    assert again.is_done
    assert {path: path.stat().st_mtime_ns for path in logs} == logs


def test_a_submission_that_is_called_off_stops_keeps_its_rows_and_goes_on(whole, tmp_path):
    config = StudyConfig.load(write_shard_study(tmp_path, delay_s=LATE_S))
    at_work = submit_study(config, tmp_path, 1)
    until(lambda: at_work.progress().done > 0)
    # From anywhere: another terminal, another machine.
    assert cancel_submissions(tmp_path) == 1
    until(at_work.is_over)
    kept = at_work.progress()
    assert 0 < kept.done < kept.total
    with pytest.raises(CgrError, match=r"of 4 tasks are not done .*called off"):
        at_work.wait(progress=False)
    assert submit_study(config, tmp_path, 1).wait(progress=False).is_done
    assert records_of(tmp_path) == whole


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    """A study of which an arm asks its generator by what it replied before, in one piece; gives its
    records."""
    folder = tmp_path_factory.mktemp("asking")
    Study.run(write_shard_study(folder, items=4, more=ASKING), progress=False).close()
    return records_of(folder)


def same(folder, whole):
    """Whether a study has what another one has; what was superseded is no part of that."""
    found = records_of(folder)
    return all(found[name] == whole[name] for name in ("answers", "calls", "setups", "expected"))


def test_what_a_generator_is_asked_on_the_way_and_what_is_done_again_is_done_in_the_end(
    asking, tmp_path
):
    config = StudyConfig.load(write_shard_study(tmp_path, items=4, more=ASKING))

    def submit():
        return submit_study(config, tmp_path, 1).wait(progress=False)

    found = submit()
    assert found.is_done
    assert found.shards == {"left": 2}
    assert same(tmp_path, asking)
    shard = shard_folder(tmp_path, shards_of(SOLVERS, 1)[0])
    for place, arms in ((tmp_path, ("direct", "pal", *ASKING)), (shard, ("self_consistency",))):
        assert redo_study(place, RedoChoice(arms=arms)).calls
        assert submit().is_done
        assert same(tmp_path, asking)
    with Study.open(tmp_path) as study, Study.open(shard) as part:
        assert len({redo.reason for redo in study.redos()} - {BUILT_ON}) == 2
        assert len({redo.reason for redo in part.redos()} - {BUILT_ON}) == 2
    # What was done again is known everywhere now: nothing is left to do.
    assert Submission.plan(config, tmp_path, 1).missing() == []


def test_dask_shards_of_which_a_worker_is_killed_are_the_study_in_one_piece(whole, tmp_path):
    distributed = pytest.importorskip(
        "distributed", reason="Dask is not installed: pip install 'cgr-nb[cluster]'"
    )
    config = StudyConfig.load(write_shard_study(tmp_path, delay_s=LATE_S))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        options = SubmitOptions(scheduler=cluster.scheduler_address)
        at_work = submit_study(config, tmp_path, 2, "dask", options=options)
        until(lambda: at_work.progress().done > 0)
        with distributed.Client(cluster) as client:
            busy = next(address for address, tasks in client.processing().items() if tasks)
            os.kill(client.run(os.getpid, workers=[busy])[busy], signal.SIGKILL)
        assert at_work.wait(progress=False).is_done
    assert union_of(folders_of(tmp_path)) == whole


def test_a_task_that_is_told_to_end_twice_brings_away_what_it_has(tmp_path, monkeypatch):
    file = write_shard_study(tmp_path, items=2)
    original, publish, told = ScriptedModel.reply, publish_shard, []

    def tell():
        told.append(len(told))
        os.kill(os.getpid(), signal.SIGTERM)

    async def reply(self, messages, sampling, on_text=None):
        if not told:
            tell()
        return await original(self, messages, sampling, on_text)

    def publish_and_tell(folder, to):
        tell()
        return publish(folder, to)

    monkeypatch.setattr(ScriptedModel, "reply", reply)
    monkeypatch.setattr("cgr_nb.study.running.publish_shard", publish_and_tell)
    shard = shards_of(SOLVERS, 1)[0]
    words = ("study", "run", file, "--shard", shard, "--scratch", tmp_path / "disk")
    found = CliRunner().invoke(cli, [str(word) for word in words])
    assert found.exit_code == TRY_AGAIN, found.output
    assert len(told) == 2
    assert (shard_folder(tmp_path, shard) / "manifest.json").exists()


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """Commands that behave as Slurm's; gives their folder."""
    folder = tmp_path / "slurm"
    install(folder)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_job_arrays_of_which_a_task_is_told_to_end_are_the_study_in_one_piece(
    whole, tmp_path, queue
):
    file = write_shard_study(tmp_path / "study", delay_s=LATE_S)
    config, scratch = StudyConfig.load(file), tmp_path / "scratch"
    options = SubmitOptions(scratch=scratch)
    at_work = submit_study(config, file.parent, 2, "slurm", options=options)
    # Handed over once, however often it is asked for.
    again = submit_study(config, file.parent, 2, "slurm", options=options)
    assert jobs_of(again.submission.place) == ["1", "2", "3", "4"]
    until(lambda: at_work.progress().done > 0)
    # As Slurm does before a task's time is over: to its script alone.
    os.kill(int((queue / "jobs" / "2_0.pid").read_text()), signal.SIGTERM)
    assert at_work.wait(progress=False).is_done
    logs = at_work.submission.place / "logs"
    assert "stopped by SIGTERM" in (logs / f"{SOLVERS[0]}-0-of-2.log").read_text()
    # What was published is whole, and the disks of the machines have what they filled.
    filled = sorted(scratch.glob("*/*"))
    published = [path.name for path in (file.parent / "shards").iterdir()]
    assert sorted([*published, "generate"]) == sorted(path.name for path in filled)
    assert union_of(filled) == whole
    assert records_of(file.parent) == whole


def test_the_merge_is_a_job_behind_all_shards_that_asks_what_they_left(asking, tmp_path, queue):
    file = write_shard_study(tmp_path / "study", items=4, more=ASKING)
    at_work = submit_study(StudyConfig.load(file), file.parent, 1, "slurm")
    assert at_work.wait(progress=False).is_done
    assert same(file.parent, asking)


def test_scripts_of_slurm_can_be_read_changed_and_submitted_by_hand(tmp_path):
    file = write_shard_study(tmp_path)
    said = CliRunner().invoke(
        cli,
        [
            *("study", "submit", str(file), "--executor", "slurm", "--shards", "64", "--dry-run"),
            *("--sbatch=--gres=gpu:1", "--at-once", "8", "--overlap", "0.01", "--json"),
        ],
    )
    assert said.exit_code == 0, said.output
    scripts = json.loads(said.stdout)["scripts"]
    assert list(scripts) == ["generate", *(f"shards-{name}" for name in SOLVERS), "merge"]
    text = (tmp_path / scripts[f"shards-{SOLVERS[0]}"]).read_text()
    assert "#SBATCH --array=0-63%8\n#SBATCH --gres=gpu:1\n" in text
    assert "#SBATCH --requeue\n" in text
    assert f'--shard {SOLVERS[0]}:"$SLURM_ARRAY_TASK_ID"/64' in text
    assert "--overlap 0.01" in text
    assert "--phase generate" in (tmp_path / scripts["generate"]).read_text()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"executor": "slurn"}, "did you mean 'slurm'"),
        ({"count": 0}, "no such shard"),
    ],
)
def test_what_can_not_be_submitted_is_refused(tmp_path, given, message):
    config = StudyConfig.load(write_shard_study(tmp_path))
    with pytest.raises(ConfigError, match=message):
        submit_study(config, tmp_path, **{"count": 2, **given})


def test_a_plan_needs_no_weights_and_counts_every_row_once(tmp_path):
    file = write_shard_study(tmp_path)
    registry = file.with_name("registry.toml")
    registry.write_text(registry.read_text().replace('"scripted"', '"llama_cpp"', 1))
    planned = Submission.plan(StudyConfig.load(file), tmp_path, 5)
    assert sum(task.rows for task in planned.shards) == 24
    assert len(planned.missing()) == 12
    before = planned.place
    file.write_text(file.read_text().replace("seed = 3", "seed = 4"))
    other = Submission.plan(StudyConfig.load(file), tmp_path, 5)
    assert other.place != before


def test_an_overlap_is_handed_to_every_shard_and_counted_in_its_rows(tmp_path):
    config = StudyConfig.load(write_shard_study(tmp_path))
    alone, more = (Submission.plan(config, tmp_path, 3, overlap=share) for share in (0, 1))
    assert sum(task.rows for task in more.shards) == 2 * sum(task.rows for task in alone.shards)
    assert alone.place != more.place
    assert "--overlap" not in alone.shards[0].command()
    for task in more.shards:
        words = task.command()
        assert words[words.index("--overlap") + 1] == "1"
