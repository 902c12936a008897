"""A package of a folder that was worked in for a while: export and verify agree on what belongs."""

from __future__ import annotations

import json
import random
import shutil
import time
from itertools import count

import pytest
from scripted_study import STUDY, card
from tampering import change, rehash

from cgr_nb.api import Study
from cgr_nb.bundle import PackageError, export_package
from cgr_nb.bundle.archive import ArchiveLimits, read_archive, write_archive
from cgr_nb.errors import CgrError
from cgr_nb.models import Registry
from cgr_nb.verify import verify_package

PROGRAM = """GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    total = ask("sum of " + item["question"])
    for letter, text in item["options"].items():
        if text == total:
            return letter
"""


def solver(name: str, options: str) -> str:
    return card("solver", options).replace("script-solver", name)


def generator(name: str, program: str) -> str:
    rules = f'rules = [["", {json.dumps(f"```python{chr(10)}{program}```")}]]'
    return card("generator", rules).replace("script-generator", name)


def items(*questions: str) -> str:
    lines = [
        {"dataset": "sums", "question": question, "options": {"A": "3", "B": "4"}, "gold": "A"}
        for question in questions
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


REPLIES = 'rules = [["^sum of", "3"], ["", "Answer: A"]]'
OTHERS = 'rules = [["^sum of", "4"], ["", "Answer: B"]]'
REGISTRY = (
    solver("one", REPLIES)
    + solver("two", OTHERS)
    + generator("first", PROGRAM)
    + generator("second", PROGRAM.replace("easy", "hard"))
)


class Folder:
    """A study folder, changed and run again as people do."""

    def __init__(self, place):
        self.place = place
        self.study, self.registry = STUDY, REGISTRY
        self.solvers, self.generators = ["one", "two"], ["first"]
        self.questions = ["1 + 2 n0", "1 + 2 n1"]
        self.arms = []

    def run(self, *, audit: bool = False) -> None:
        (self.place / "items.jsonl").write_text(items(*self.questions))
        (self.place / "registry.toml").write_text(self.registry)
        named = self.study.replace('["script-solver"]', json.dumps(self.solvers))
        named = named.replace('["script-generator"]', json.dumps(self.generators))
        (self.place / "study.toml").write_text(f"arms = {json.dumps(self.arms)}\n{named}")
        with Study.run(self.place / "study.toml", progress=False) as study:
            if audit:
                study.audit(progress=False)

    def verified(self, name: str):
        package = export_package(self.place, self.place / name)
        found = verify_package(package, isolation="limits")
        package.unlink()
        return found


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_a_solver_taken_out_of_the_study_leaves_a_package_that_verifies(folder):
    folder.run()
    folder.solvers = ["one"]
    folder.run()
    found = folder.verified("package.zip")
    assert found.problems == ()
    assert found.checked["models"] == 2


def test_a_model_replaced_under_its_name_leaves_a_package_that_verifies(folder):
    folder.run()
    folder.registry = REGISTRY.replace(OTHERS, OTHERS.replace("Answer: B", "Answer: A"))
    folder.run()
    found = folder.verified("package.zip")
    assert found.problems == ()
    assert found.checked["models"] == 3


def test_weights_replaced_under_their_name_leave_a_package_that_verifies(
    folder, repository, tmp_path
):
    bundled = repository / "fixtures" / "models"
    if not (bundled / "tiny-solver-xs-q8_0.gguf").is_file():
        pytest.skip("no bundled models")
    tiny = next(c for c in Registry.load().cards if c.path == "tiny-solver-xs-q8_0.gguf")
    of_file = (
        '[[model]]\nname = "own"\nroles = ["solver"]\nbackend = "llama_cpp"\nfamily = "tiny"\n'
        'quantisation = "Q8_0"\ncontext_tokens = 512\nlicence = "Apache-2.0"\nsource = "own"\n'
        f'path = "own.gguf"\nprompts = "{tiny.prompts}"\n'
    )
    folder.registry += of_file
    folder.solvers = ["own"]
    folder.study += "[direct]\nmax_tokens = 4\n[ask]\nmax_tokens = 4\n"
    shutil.copy(bundled / "tiny-solver-xs-q8_0.gguf", tmp_path / "own.gguf")
    folder.run()
    shutil.copy(bundled / "tiny-solver-s-q8_0.gguf", tmp_path / "own.gguf")
    folder.run()
    assert folder.verified("package.zip").problems == ()


def test_a_model_under_a_new_name_leaves_a_package_that_verifies(folder):
    # A scripted model's name is part of what it is; that of a file is not.
    weights = 'sha256 = "' + "7" * 64 + '"\noptions'
    folder.registry = REGISTRY.replace("options", weights, 1)
    folder.run()
    folder.registry = folder.registry.replace('"one"', '"uno"')
    folder.solvers = ["uno", "two"]
    folder.run()
    assert folder.verified("package.zip").problems == ()


@pytest.mark.parametrize("step", ["another context", "another licence", "other prompts"])
def test_a_card_that_was_edited_leaves_a_package_of_the_new_one(folder, step, tmp_path):
    folder.run()
    STEPS[step](folder)
    folder.run()
    assert folder.verified("package.zip").problems == ()
    package = export_package(tmp_path, tmp_path / "package")
    cards = [json.loads(line) for line in (package / "models.jsonl").read_text().splitlines()]
    told = Registry.load(tmp_path / "registry.toml")
    for one in cards:
        now = told.get(one["name"])
        assert (one["context_tokens"], one["licence"], one["prompts"]) == (
            now.context_tokens, now.licence, now.prompts,
        )  # fmt: skip


def test_calls_of_models_that_are_gone_stay_in_the_folder(folder):
    folder.run()
    with Study.open(folder.place) as study:
        before = set(study.calls()["id"])
    folder.solvers = ["one"]
    folder.run()
    folder.verified("package.zip")
    with Study.open(folder.place) as study:
        assert before <= set(study.calls()["id"])


STEPS = {
    "a solver less": lambda f: setattr(f, "solvers", f.solvers[:1]),
    "both solvers": lambda f: setattr(f, "solvers", ["one", "two"]),
    "solvers turned round": lambda f: setattr(f, "solvers", f.solvers[::-1]),
    "another generator": lambda f: setattr(f, "generators", ["second"]),
    "both generators": lambda f: setattr(f, "generators", ["first", "second"]),
    "an item less": lambda f: setattr(f, "questions", f.questions[1:] or ["1 + 2 n5"]),
    "an item more": lambda f: f.questions.append(f"1 + 2 n{len(f.questions) + 10}"),
    "another script of a solver": lambda f: setattr(
        f, "registry", f.registry.replace(OTHERS, 'rules = [["", "Answer: A"]]')
    ),
    "the old script": lambda f: setattr(f, "registry", REGISTRY),
    "another context": lambda f: setattr(
        f, "registry", f.registry.replace("context_tokens = 4096", "context_tokens = 2048", 1)
    ),
    "another licence": lambda f: setattr(f, "registry", f.registry.replace("Apache-2.0", "MIT", 2)),
    "other prompts": lambda f: setattr(
        f, "registry", f.registry.replace('prompts = "tiny"', 'prompts = "full"', 1)
    ),
    "another program": lambda f: setattr(
        f, "registry", f.registry.replace("sum of", "the sum of")
    ),
    "an arm": lambda f: setattr(f, "arms", ["cot", "stub_solver"]),
    "other arms": lambda f: setattr(f, "arms", ["foreign_scaffold", "pal"]),
    "no arm": lambda f: setattr(f, "arms", []),
}  # fmt: skip


def test_whatever_is_done_in_a_folder_its_package_verifies_or_says_why_it_can_not_be(
    folder, fuzz_seconds
):
    draw, ends, exported, refused = random.Random(14), time.monotonic() + fuzz_seconds, 0, 0
    told: list[str] = []
    for tried in count(1):
        steps = draw.choices(sorted(STEPS), k=draw.randint(1, 3))
        for step in steps:
            STEPS[step](folder)
        try:
            folder.run(audit=draw.random() < 0.3)
        except CgrError:
            continue  # the folder can hold no such study, and says so
        try:
            found = folder.verified("package.zip")
        except PackageError as error:
            refused += 1
            told.append(str(error))
            continue
        exported += 1
        assert found.problems == (), steps
        if time.monotonic() > ends and exported > 2 and tried:
            break
    print(f"folders: {tried} changed, {exported} exported and held, {refused} refused: {told[:3]}")


def test_a_package_that_packs_too_well_is_written_so_that_it_is_read(tmp_path):
    members = {"rows.jsonl": b"0" * (4 << 20), "README.md": b"x"}
    target = write_archive(members, tmp_path / "a.zip")
    assert read_archive(target) == members


@pytest.mark.parametrize("name", ["a.zip", "folder"])
@pytest.mark.parametrize("limits", [ArchiveLimits(members=1), ArchiveLimits(total_bytes=100)])
def test_a_package_that_could_not_be_read_is_not_written(tmp_path, name, limits):
    members = {"rows.jsonl": b"0" * 200, "README.md": b"x"}
    with pytest.raises(PackageError, match="at most"):
        write_archive(members, tmp_path / name, limits)
    assert not (tmp_path / name).exists()


def verified(members, table, place, **changes):
    """A package whose table was changed at its first record, and its manifest with it."""
    change(members, table, 0, **changes)
    rehash(members)
    return verify_package(write_archive(members, place / "changed.zip"), isolation="limits")


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        ("sources", {"sha256": "0" * 64}),
        ("sources", {"source": "other.jsonl"}),
        ("sources", {"adapter": "mmlu"}),
        ("models", {"licence": "MIT"}),
        ("models", {"family": "llama"}),
        ("models", {"source": "hf:a/b/c.gguf"}),
    ],
)
def test_a_changed_origin_or_licence_is_found(members, tmp_path, table, changes):
    found = verified(members, table, tmp_path, **changes)
    where = f"summary.json materials.{table}[0].{next(iter(changes))}"
    assert where in {problem.where for problem in found.problems}


@pytest.mark.parametrize("changes", [{"rows": 7}, {"accepted": 5}, {"rejected": {"bad": 1}}])
def test_counts_of_item_files_that_do_not_add_up_are_found(members, tmp_path, changes):
    found = verified(members, "sources", tmp_path, **changes)
    assert any(problem.where.startswith("sources.jsonl") for problem in found.problems)


def damaged(members, draw):
    """Members with a few values changed, as a forger or a bad disk changes them."""
    members = dict(members)
    for _ in range(draw.randint(1, 3)):
        name = draw.choice(sorted(members))
        body = bytearray(members[name])
        kind, place = draw.randrange(6), draw.randrange(len(body)) if body else 0
        if kind == 0 and body:
            body[place] = draw.randrange(256)
        elif kind == 1:
            del body[place : place + draw.randrange(1, 200)]
        elif kind == 2:
            body[place:place] = draw.choice((b"\xff", b'"', b"\n", b"[" * 5000, b"null", b"-1e999"))
        elif kind == 3:
            old, new = draw.choice(
                ((b"null", b"0"), (b"1", b"-1"), (b"[", b"{"), (b'"A"', b'"\\ud800"'))
            )
            body = bytearray(bytes(body).replace(old, new, draw.choice((1, -1))))
        elif kind == 4:
            lines = bytes(body).splitlines(keepends=True)
            draw.shuffle(lines)
            body = bytearray(b"".join(lines * draw.choice((1, 2))))
        else:
            body = bytearray()
        members[name] = bytes(body)
    return members


def test_whatever_is_done_to_a_package_it_is_judged(
    full_members, full_package, tmp_path, fuzz_seconds
):
    draw, ends, found_out, path = (
        random.Random(14),
        time.monotonic() + fuzz_seconds,
        0,
        tmp_path / "d.zip",
    )
    whole = full_package.read_bytes()
    for tried in count(1):
        if draw.random() < 0.3:
            body = bytearray(whole)
            body[draw.randrange(len(body))] ^= 1 << draw.randrange(8)
            path.write_bytes(bytes(body[: draw.choice((len(body), draw.randrange(len(body))))]))
            must = True
        else:
            members = damaged(full_members, draw)
            must = members != full_members
            if draw.random() < 0.7 and members["manifest.json"] == full_members["manifest.json"]:
                rehash(members)
                must = False  # it may say something else that fits
            write_archive(members, path)
        found = verify_package(path, isolation="limits", replay=False)
        found_out += not found.ok
        assert not (must and found.ok)
        if time.monotonic() > ends and tried > 5:
            break
    print(f"packages: {tried} tried, {found_out} found out, {tried - found_out} fit")
