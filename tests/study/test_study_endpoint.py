"""A study on a server that misbehaves: what can be had is had, the rest is named and asked again."""

from __future__ import annotations

import json
import re
from itertools import count

import pytest
from click.testing import CliRunner
from loopback_endpoint import Act, running_endpoint
from made_rows import rows_of as rows_in_store

from cgr_nb import Study
from cgr_nb.bundle import export_package
from cgr_nb.cli import cli
from cgr_nb.errors import ModelError
from cgr_nb.export import export_inspect
from cgr_nb.records import ModelCard
from cgr_nb.store import Store
from cgr_nb.verify.check import verify_package

ITEMS = 16
PROGRAM = """```python
GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    total = ask("sum of " + item["question"])
    for letter, text in item["options"].items():
        if text == total:
            return letter
```"""
STUDY = """
name = "far"
arms = ["cot"]
[items]
files = ["items.jsonl"]
[models]
registry = "registry.toml"
solvers = ["far-solver"]
generators = ["far-generator"]
[run]
isolation = "limits"
concurrency = 4
"""
CARD = """
[[model]]
name = "far-{role}"
roles = ["{role}"]
backend = "openai"
family = "far"
quantisation = "none"
context_tokens = 4096
licence = "unknown"
source = "a server"
prompts = "full"
options = {{ base_url = "{url}", model = "{role}", backoff_s = 0, retry_for_s = 0.05 }}
"""


def body(content, finish="stop", **more):
    message = {"role": "assistant", "content": content}
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish}], **more}


BAD = (
    Act(body=body({"text": "A"})),
    Act(body=body(42)),
    Act(body=body("", "error")),
    Act(body=body("", "abort")),
    Act(body={"error": {"message": "upstream is rate limited", "code": 429}}),
    Act(body="<html><title>502 Bad Gateway</title></html>", status=502),
    Act(body="<html>please log in</html>"),
    Act(body=body("Answer: A"), half=True, headers={"Content-Length": "9999"}),
    Act(status=401),
    Act(body=b'{"x": "', repeat=b"x" * 65_536),
    Act(body=body(None) | {"choices": []}),
    Act(body=b"\x1f\x8b broken", headers={"Content-Encoding": "gzip"}),
)


def good(asked):
    """What a server that is well says."""
    said = asked["messages"][-1]["content"]
    if asked["model"] == "generator":
        return Act(PROGRAM)
    return Act("3" if said.startswith("sum of") else "Answer: A")


class Server:
    """Replies by the item that it is asked about; `sick` says for which items it is not well."""

    def __init__(self, sick=lambda number, asked: False):
        self.sick = sick
        self.bad = count()
        self.asked = []

    def __call__(self, asked):
        (number,) = set(re.findall(r"sum(\d+)\b", json.dumps(asked["messages"]))) or {"0"}
        self.asked.append((asked["model"], int(number)))
        if self.sick(int(number), asked):
            return BAD[next(self.bad) % len(BAD)]
        return good(asked)


@pytest.fixture
def far(tmp_path):
    """A small study on a server; the server's `choose` is a `Server`."""
    items = [
        {"dataset": "sums", "question": f"1 + 2, sum{number}", "options": ["3", "4"], "gold": "A"}
        for number in range(ITEMS)
    ]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    (tmp_path / "study.toml").write_text(STUDY)
    with running_endpoint() as endpoint:
        cards = [CARD.format(role=role, url=endpoint.url) for role in ("solver", "generator")]
        (tmp_path / "registry.toml").write_text("".join(cards))
        yield endpoint, tmp_path / "study.toml"


def numbers_of(folder):
    with Store.open(folder) as store:
        items = {item.id: item.question for item in store.items()}
        return {int(items[row.item_id].rpartition("sum")[2]) for row in rows_in_store(store)}


SICK_CALLS = {
    "direct": lambda asked: asked["model"] == "solver" and "sum of" not in str(asked["messages"]),
    "scaffold": lambda asked: asked["model"] == "generator",
    "ask": lambda asked: "sum of" in str(asked["messages"]),
}


@pytest.mark.parametrize("call", SICK_CALLS)
def test_one_units_failure_is_not_the_studys_and_the_next_run_asks_for_it_alone(far, call):
    endpoint, study_file = far
    endpoint.choose = Server(lambda number, asked: number in (3, 13) and SICK_CALLS[call](asked))
    with Study.run(study_file, progress=False) as study:
        rows, failures = study.rows(), study.failures()
        missing = {id for failure in failures for id in failure["items"]}
    assert numbers_of(study_file.parent) == set(range(ITEMS)) - {3, 13}
    assert set(rows["assisted_status"]) == {"ok"}
    assert len(missing) == sum(failure["units"] for failure in failures) == 2

    endpoint.choose = well = Server()
    with Study.run(study_file, progress=False) as study:
        assert study.failures() == []
        assert len(study.rows()) == ITEMS
        assert len(study.arms()) == ITEMS
    assert {number for _, number in well.asked} == {3, 13}


def test_the_report_names_what_could_not_be_had(far):
    endpoint, study_file = far
    endpoint.choose = Server(lambda number, asked: number == 3)
    with Study.run(study_file, progress=False) as study:
        (failure,) = study.failures()
        page = study.report().read_text("utf-8")
    assert f"1 of {ITEMS} rows" in page
    assert failure["items"][0] in page
    assert "The next run requests them again" in page


def test_what_is_had_from_a_server_that_misbehaves_now_and_then_can_be_packed_and_verified(
    far, tmp_path
):
    endpoint, study_file = far
    numbers = count()
    endpoint.choose = Server(lambda number, asked: next(numbers) % 10 == 9)
    for _ in range(10):
        Study.run(study_file, progress=False).close()
        if len(numbers_of(study_file.parent)) == ITEMS:
            break
    with Study.open(study_file.parent) as study:
        assert set(study.rows()["direct_letter"]) == {"A"}
        assert set(study.calls()["reply"]) == {"Answer: A", "3", PROGRAM}
    package = export_package(study_file.parent, tmp_path / "far.zip")
    assert verify_package(package).problems == ()
    assert list(export_inspect(study_file.parent, tmp_path / "logs").iterdir())


def test_an_arm_that_fails_leaves_the_row_and_is_asked_again_alone(far):
    endpoint, study_file = far
    endpoint.choose = Server(
        lambda number, asked: number == 3 and asked["max_tokens"] == 512  # the arm's own room
    )
    with Study.run(study_file, progress=False) as study:
        assert (len(study.rows()), len(study.arms())) == (ITEMS, ITEMS - 1)
    endpoint.choose = well = Server()
    with Study.run(study_file, progress=False) as study:
        assert len(study.arms()) == ITEMS
    assert well.asked == [("solver", 3)]


def test_a_server_that_fails_call_after_call_stops_the_run_in_one_line(far):
    endpoint, study_file = far
    alone = study_file.read_text().replace("concurrency = 4", "concurrency = 1")
    study_file.write_text(alone + "max_failures = 5\n")
    endpoint.choose = Server(lambda number, asked: number >= 6)
    with pytest.raises(
        ModelError, match=r"5 calls in a row failed.*run\.max_failures = 5"
    ) as caught:
        Study.run(study_file, progress=False)
    assert len(str(caught.value).splitlines()) == 1
    assert numbers_of(study_file.parent) == set(range(6))
    # A unit whose direct call fails still has its program asked for: two failures a unit.
    assert {number for _, number in endpoint.choose.asked} == set(range(9))

    endpoint.choose = Server()
    with Study.run(study_file, progress=False) as study:
        assert len(study.rows()) == ITEMS


def test_the_command_tells_what_was_left_out_and_that_it_is_asked_for_again(far):
    endpoint, study_file = far
    endpoint.choose = Server(lambda number, asked: number == 7)
    told = CliRunner().invoke(cli, ["study", "run", str(study_file)])
    assert "1 row failed and will be retried by the next run: model 'far-" in told.output
    told = CliRunner().invoke(cli, ["study", "status", str(study_file.parent), "--json"])
    assert json.loads(told.output)["failures"][0]["units"] == 1


def test_the_command_fails_when_nothing_could_be_had(far):
    endpoint, study_file = far
    study_file.write_text(study_file.read_text().replace("[models]", "per_dataset = 2\n[models]"))
    endpoint.choose = Server(lambda number, asked: True)
    told = CliRunner().invoke(cli, ["study", "run", str(study_file)])
    assert (told.exit_code, type(told.exception)) == (1, SystemExit)


def test_how_long_is_tried_again_is_no_part_of_a_models_identity():
    def card(**options):
        facts = dict.fromkeys(("family", "quantisation", "licence", "source"), "x")
        return ModelCard(
            name="far",
            roles=("solver",),
            backend="openai",
            parameters=None,
            context_tokens=4096,
            sha256=None,
            options={"base_url": "http://a/v1", **options},
            **facts,
        )

    assert card(retry_for_s=5, retries=3).identity == card().identity
