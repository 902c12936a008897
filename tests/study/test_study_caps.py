"""Runs that end before their end: by units, by time, by cost."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import textwrap

import pytest
from click.testing import CliRunner
from made_rows import arms_of, rows_of

from cgr_nb import Study
from cgr_nb.cli import cli
from cgr_nb.errors import ConfigError, ModelError
from cgr_nb.models import Registry, ScriptedModel
from cgr_nb.records import Reply
from cgr_nb.store import Store
from cgr_nb.study import Caps, StudyConfig, parse_duration, plan_study
from cgr_nb.study.caps import CapReached, Gate

ARMS = ("cot", "self_consistency", "foreign_scaffold", "stub_solver", "pal")


def with_prices(study_file):
    """The scripted study with arms; its models have prices."""
    study_file.write_text(f"arms = {json.dumps(ARMS)}\n{study_file.read_text()}")
    registry = study_file.with_name("registry.toml")
    text = registry.read_text()
    for source, price in (("solver", "price_input = 1\nprice_output = 2.5\n"), ("generator", "")):
        price = price or "price_output = 40.0\n"
        text = text.replace(f'name = "script-{source}"', f'name = "script-{source}"\n{price}')
    registry.write_text(text)
    return study_file


@pytest.fixture
def priced_file(study_file):
    return with_prices(study_file)


@pytest.fixture(scope="module")
def whole(write_study, tmp_path_factory):
    """What is on record of the study with prices where nothing stopped it, and what that cost."""
    path = with_prices(write_study(tmp_path_factory.mktemp("whole")))
    with Study.run(path, progress=False) as study:
        cost = study.run_cost
        assert study.cost() == pytest.approx(cost)
    return record(path.parent), cost


def record(folder):
    with Store.open(folder) as store:
        return rows_of(store), arms_of(store)


def calls_on_record(folder):
    with Store.open(folder) as store:
        return {call.id for call in store.calls()}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("1h30m", 5400), (" 1H ", 3600), ("1d", 86400)],
)
def test_a_duration_is_read_as_people_write_it(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "0s", "h", "30m1h", "1.5h", "-2h", "2 h", "1h1h", "1e3s", "9" * 40 + "s"]
)
def test_what_is_no_duration_is_one_clear_error(text):
    with pytest.raises(ConfigError, match=r"not a duration.*90s, 15m, 1h30m"):
        parse_duration(text)


def test_a_limit_of_units_ends_the_run_and_the_same_call_goes_on(study_file, tmp_path):
    done = []
    for _ in range(3):
        with Study.run(study_file, progress=False, limit=3) as study:
            done.append((study.store.counts().done, study.reached))
    assert done == [(3, "the limit of 3 units"), (6, "the limit of 3 units"), (8, None)]
    Study.run(study_file, tmp_path / "whole", progress=False).close()
    assert record(study_file.parent) == record(tmp_path / "whole")


def test_a_run_that_had_not_more_to_do_than_its_limit_has_reached_none(study_file):
    with Study.run(study_file, progress=False, limit=8) as study:
        assert study.reached is None


def test_a_run_whose_time_is_up_begins_nothing_and_loses_nothing(priced_file, whole):
    with Study.run(priced_file, progress=False, max_time=1e-9) as study:
        assert study.store.counts().done == 0
        assert study.reached is not None
        assert "time" in study.reached
    Study.run(priced_file, progress=False, max_time="1h").close()
    assert record(priced_file.parent) == whole[0]


def test_a_cost_that_is_reached_ends_the_run_and_no_call_is_paid_twice(priced_file, whole):
    rows, cost = whole
    spent, runs = 0.0, 0
    while True:
        with Study.run(priced_file, progress=False, max_cost=cost / 4) as study:
            runs += 1
            spent += study.run_cost or 0.0
            assert study.cost() == pytest.approx(spent)
            if study.reached is None:
                break
            assert study.run_cost >= cost / 4
            assert "cost" in study.reached
    assert runs > 1
    assert spent == pytest.approx(cost)
    assert record(priced_file.parent) == rows


def test_a_unit_that_is_given_back_keeps_its_calls_and_has_no_row(priced_file):
    # One unit at a time: the cost of its first call is the cap, so it can't get further.
    priced_file.write_text(priced_file.read_text() + "concurrency = 1\n")
    with Study.run(priced_file, progress=False, max_cost=1e-9) as study:
        assert study.store.counts().done == 0
        assert len(study.calls()) == 1
    before = calls_on_record(priced_file.parent)
    with pytest.MonkeyPatch.context() as patch:
        made = []
        original = ScriptedModel.reply

        async def counted(self, messages, sampling, on_text=None):
            made.append(messages)
            return await original(self, messages, sampling, on_text)

        patch.setattr(ScriptedModel, "reply", counted)
        Study.run(priced_file, progress=False).close()
    assert len(made) == len(calls_on_record(priced_file.parent) - before)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_cap_leaves_no_row_without_the_answers_of_its_arms(priced_file, whole, share):
    with Study.run(priced_file, progress=False, max_cost=share * whole[1]) as study:
        assert study.reached is not None
    rows, answers = record(priced_file.parent)
    assert {row.item_id for row in rows} == {answer.item_id for answer in answers}
    assert len(answers) == len(ARMS) * len(rows)


def test_a_unit_that_fails_in_an_arm_keeps_its_row_under_a_cap_too(priced_file):
    with pytest.MonkeyPatch.context() as patch:
        original = ScriptedModel.reply

        async def failing(self, messages, sampling, on_text=None):
            if "think" in messages[-1].content.lower():
                raise ModelError("the server is gone")
            return await original(self, messages, sampling, on_text)

        patch.setattr(ScriptedModel, "reply", failing)
        with pytest.raises(ModelError, match="the server is gone"):
            Study.run(priced_file, progress=False, max_time="1h")
    assert record(priced_file.parent)[0]


def test_calls_under_way_when_the_cap_is_reached_are_waited_for_and_kept(priced_file):
    registry = priced_file.with_name("registry.toml")
    slow = registry.read_text().replace('default = "nothing"', 'default = "x", delay_s = 0.05')
    registry.write_text(slow)
    begun = []
    original = ScriptedModel.reply

    async def counted(self, messages, sampling, on_text=None):
        begun.append(messages)
        return await original(self, messages, sampling, on_text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedModel, "reply", counted)
        with Study.run(priced_file, progress=False, max_cost=1e-9) as study:
            assert len(study.calls()) == len(begun) > 1


def test_a_capped_cost_where_nothing_has_a_price_is_refused_before_anything_runs(study_file):
    with pytest.raises(ConfigError, match="no model of the study has a price"):
        Study.run(study_file, study_file.parent / "new", progress=False, max_cost=5)
    assert not (study_file.parent / "new").exists()


@pytest.mark.parametrize("caps", [{"limit": 0}, {"max_time": -1.0}, {"max_cost": float("nan")}])
def test_a_cap_that_is_no_positive_number_is_refused(priced_file, caps):
    with pytest.raises(ConfigError, match="no positive number"):
        Study.run(priced_file, progress=False, **caps)


def test_a_gate_lets_calls_through_until_its_time_is_up(priced_file):
    now = [100.0]
    gate = Gate(Caps(seconds=60), (), clock=lambda: now[0])
    now[0] = 159.9
    gate.pass_through()
    assert gate.reached is None
    now[0] = 160.0
    with pytest.raises(CapReached, match="the time of 1m"):
        gate.pass_through()
    assert gate.reached == "the time of 1m"


def test_a_call_is_paid_at_the_price_of_its_card(priced_file):
    card = Registry.load(priced_file.with_name("registry.toml")).get("script-solver")
    gate = Gate(Caps(), (card,))
    gate.pay(card, Reply("x", "stop", "", 2_000_000, 1_000_000, 0.0))
    assert gate.cost == pytest.approx(2 * 1 + 1 * 2.5)


def test_a_process_killed_in_a_capped_run_loses_nothing(priced_file, whole):
    script = textwrap.dedent(
        f"""
        import os, signal
        from cgr_nb import Study

        def kill(now):
            if now.done == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        Study.run({str(priced_file)!r}, progress=False, limit=6, on_progress=kill)
        """
    )
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert 2 <= len(record(priced_file.parent)[0]) <= 6
    Study.run(priced_file, progress=False).close()
    assert record(priced_file.parent) == whole[0]


def test_a_plan_tells_the_cost_of_what_is_not_on_record(priced_file):
    config = StudyConfig.load(priced_file)
    before = plan_study(config, priced_file.parent)
    assert before.cost == pytest.approx(sum(load.cost for load in before.loads))
    assert before.cost > 0
    Study.run(priced_file, progress=False).close()
    assert plan_study(config, priced_file.parent).cost == 0


def test_a_study_without_prices_tells_no_cost(study_file):
    assert plan_study(StudyConfig.load(study_file)).cost is None
    with Study.run(study_file, progress=False) as study:
        assert (study.cost(), study.run_cost) == (None, None)
        assert "Total cost of all calls" not in study.report().read_text("utf-8")


def test_a_price_that_comes_later_or_changes_counts_from_the_next_run_on(study_file):
    Study.run(study_file, progress=False).close()
    registry = study_file.with_name("registry.toml")
    plain = registry.read_text()
    seen = []
    for price in ("1.0", "2.0"):
        registry.write_text(
            plain.replace("context_tokens", f"price_input = {price}\ncontext_tokens")
        )
        with Study.run(study_file, progress=False) as study:
            seen.append(study.cost())
    assert seen[0] > 0
    assert seen[1] == pytest.approx(2 * seen[0])


def test_the_command_says_which_cap_was_reached_what_it_cost_and_how_to_go_on(priced_file):
    folder = priced_file.parent / "my study"

    def said(*arguments):
        result = CliRunner().invoke(cli, ["study", *map(str, arguments)])
        assert result.exit_code == 0, result.output
        return result.stdout

    capped = said("run", priced_file, "--out", folder, "--limit", 3)
    (line,) = [line for line in capped.splitlines() if line.startswith("stopped at")]
    assert "the limit of 3 units: 3 of 8 rows done" in line
    assert line.endswith(f"cgr-nb study run {priced_file} --out '{folder}'")
    assert "cost of this run: " in capped
    assert "recorded calls were free" in capped
    found = json.loads(said("run", priced_file, "--out", folder, "--max-cost", "1e-9", "--json"))
    assert found["reached"] == "the cost of 1e-09"
    whole = json.loads(said("run", priced_file, "--out", folder, "--for", "1h", "--json"))
    assert whole["reached"] is None
    assert whole["cost"] > 0
    status = json.loads(said("status", folder, "--json"))
    assert (status["done"], status["expected"]) == (8, 8)
    assert status["cost"] > whole["cost"]
    assert "cost: " in said("status", folder)
    assert json.loads(said("plan", priced_file, "--out", folder, "--json"))["cost"] == 0
    with Study.open(folder) as study:
        assert "Total cost of all calls" in study.report().read_text("utf-8")


def test_a_run_ends_with_commands_for_what_comes_next(study_file):
    ran = CliRunner().invoke(cli, ["study", "run", str(study_file)])
    said = ran.stdout[ran.stdout.index("next:") :]
    folder = study_file.parent
    assert f"cgr-nb view {folder} " in said
    assert f"cgr-nb report {folder}" in said
    assert f"{folder / 'report' / 'index.html'}" in said
    assert f"-p study {folder}" in said
    assert f"cgr-nb export {folder} -o {folder.name}.zip" in said


def test_a_run_without_a_generator_ends_with_its_accuracy_and_what_comes_next(study_file):
    text = study_file.read_text()
    (study_file).write_text(re.sub(r"generators = .*", "generators = []", text))
    ran = CliRunner().invoke(cli, ["study", "run", str(study_file)])
    assert ran.exit_code == 0, ran.output
    said = ran.stdout.replace("\u00a0", " ")
    assert re.search(r"Direct: [\d.]+ % macro accuracy \(.+\) on 8 rows of 8 items\.", said)
    assert "Statuses: " in said
    assert re.search(r"^dataset +config +solver +rows +chance +direct$", said, re.MULTILINE)
    assert "assisted  " not in said
    assert "next:" in said
    status = CliRunner().invoke(cli, ["study", "status", str(study_file.parent)]).stdout
    assert "direct status" in status
    assert "assisted status" not in status
