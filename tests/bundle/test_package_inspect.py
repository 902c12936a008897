"""Inspect logs, opened by Inspect's own reader."""

from __future__ import annotations

import pytest

from cgr_nb.api import Study
from cgr_nb.bundle import PackageError
from cgr_nb.export import export_inspect
from cgr_nb.store.row_view import row_views

CHANNELS = {"direct", "cgr", "generator_only"}


@pytest.fixture(scope="module")
def inspect_log():
    """Imported by none that does not run these tests: it takes seconds."""
    return pytest.importorskip("inspect_ai.log", reason="inspect-ai is not installed")


@pytest.fixture(scope="module")
def folder(full_folder, tmp_path_factory):
    return export_inspect(full_folder, tmp_path_factory.mktemp("inspect") / "logs")


@pytest.fixture(scope="module")
def logs(folder, inspect_log):
    """Arm -> its log."""
    read = [inspect_log.read_eval_log(str(path)) for path in sorted(folder.iterdir())]
    return {log.eval.task_args["arm"]: log for log in read}


def test_the_name_that_inspect_shows_keeps_dataset_configuration_and_arm(logs):
    from inspect_ai._util.task import task_display_name

    for arm, log in logs.items():
        dataset, config = log.eval.dataset.name.split("/")
        assert task_display_name(log.eval.task) == f"{dataset}.{config}.{arm}"


def sample_of(log, question):
    return next(sample for sample in log.samples if question in sample.input)


def test_every_arm_and_channel_has_a_log(full_folder, folder, logs, inspect_log):
    with Study.open(full_folder) as study:
        arms = set(study.config.arms)
    assert set(logs) == CHANNELS | arms
    assert {log.status for log in logs.values()} == {"success"}
    listed = inspect_log.list_eval_logs(str(folder))
    assert len(listed) == len(logs)


def test_accuracies_are_those_of_the_study_and_of_inspect(full_folder, logs, inspect_log):
    with Study.open(full_folder) as study:
        frame = study.arm_frame()
    for arm, log in logs.items():
        answers = frame[(frame["arm"] == arm) & frame["retained"]]
        (score,) = log.results.scores
        assert score.scored_samples == len(answers)
        assert score.metrics["accuracy"].value == pytest.approx(answers["correct"].mean())
        stderr = score.metrics["stderr"].value
        copy = log.model_copy(deep=True)
        inspect_log.recompute_metrics(copy)
        (again,) = copy.results.scores
        assert again.metrics["accuracy"].value == pytest.approx(answers["correct"].mean())
        assert again.metrics["stderr"].value == pytest.approx(stderr)


def test_an_answer_of_a_program_has_all_its_calls(full_folder, logs):
    sample = sample_of(logs["cgr"], "n1")
    assert sample.choices == ["3", "4"]
    assert sample.target == ["A"]
    assert sample.metadata["calls"] == 2
    events = [event for event in sample.events if event.event == "model"]
    assert [event.output.completion for event in events][:2] == ["3", "yes"]
    assert [turn.text for turn in sample.messages if turn.role == "assistant"][:2] == ["3", "yes"]
    assert events[0].metadata["call_id"] == sample.metadata["call_ids"][0]
    with Study.open(full_folder) as study:
        [row] = row_views(study.store, sample.metadata["row_id"])
        assert sample.metadata["program_id"] == row.program_id
        assert sample.model_usage["script-solver"].total_tokens == row.assisted_tokens


def test_a_refused_call_is_an_event_with_its_error(logs):
    sample = sample_of(logs["cgr"], "refused")
    assert sample.metadata["status"] == "exception"
    errors = [event.error for event in sample.events]
    assert errors[0].startswith("refused")
    assert errors[1:] == [None]
    assert sample.scores["match"].value == "I"


def test_what_the_study_does_not_count_has_no_score(logs):
    for log in logs.values():
        (unscored,) = [sample for sample in log.samples if not sample.scores]
        assert unscored.input == "who knows"
        assert unscored.metadata["not_retained"] == "no_gold"
        assert log.results.scores[0].unscored_samples == 1


def test_a_log_goes_through_the_binary_format_of_inspect_and_back(logs, tmp_path, inspect_log):
    log = logs["self_consistency"]
    place = str(tmp_path / "log.eval")
    inspect_log.write_eval_log(log, place)
    again = inspect_log.read_eval_log(place)
    assert [s.messages for s in again.samples] == [s.messages for s in log.samples]
    assert again.results == log.results


def test_a_folder_that_holds_something_is_not_written_into(full_folder, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(PackageError, match="target already exists"):
        export_inspect(full_folder, tmp_path)
