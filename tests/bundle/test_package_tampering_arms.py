"""Tamperings of arms and audits: each is found and named, though the manifest is made anew."""

from __future__ import annotations

import json

import pytest
from tampering import (
    change,
    change_answers,
    find,
    lines,
    names_field,
    put,
    put_manifest,
    rehash,
    remove,
    resum,
)

from cgr_nb.bundle.archive import read_archive, write_archive
from cgr_nb.verify import verify_package

NEVER = "0" * 20


def was_run(answer):
    return bool(answer["runs"] or answer["letters"])


def arm_of(members, name, fits=was_run):
    return find(members, "answers", lambda answer: answer["arm"] == name and fits(answer))


def other_letters(letters):
    return ["B"] if letters == ["A"] else ["A"]  # also where there is none


def run_of(answer):
    return answer["runs"][-1]["execution"] if answer["runs"] else None


def entry(number, **values):
    """A change of one entry of a trail, of its reading, of a run or of a step."""

    def changed(entries):
        entries = list(entries)
        entries[number] = {**entries[number], **values}
        return entries

    return changed


def reading(number, **values):
    def changed(trail):
        return entry(number, read={**trail[number]["read"], **values})(trail)

    return changed


def arm_added(members):
    answers = lines(members, "answers")
    answers.insert(0, {**answers[0], "id": NEVER})
    put(members, "answers", answers)
    return NEVER


def answer_of_no_item(members):
    answers = lines(members, "answers")
    answers.insert(0, {**answers[0], "id": NEVER, "item_id": NEVER})
    put(members, "answers", answers)
    return NEVER


def answers_moved(members):
    """Two answers of an arm, each under the id of the other."""
    answers = lines(members, "answers")
    one, other = [n for n, answer in enumerate(answers) if answer["arm"] == "cot"][:2]
    ids = answers[one]["id"], answers[other]["id"]
    answers[one], answers[other] = answers[other], answers[one]
    answers[one]["id"], answers[other]["id"] = ids
    put(members, "answers", answers)
    return ids[0]


def answers_swapped(members):
    answers = lines(members, "answers")
    answers[0], answers[1] = answers[1], answers[0]
    put(members, "answers", answers)
    return answers[1]["id"]


def arm_twice(members):
    answers = lines(members, "answers")
    put(members, "answers", [answers[0], *answers])
    return answers[0]["id"]


def arm_removed(members):
    return remove(members, "answers", arm_of(members, "cot"))["id"]


def arm_renamed(members):
    answers = lines(members, "answers")
    answers[arm_of(members, "cot")]["arm"] = "cot_again"
    put(members, "answers", answers)
    return "cot_again"


def arm_with_a_run_removed_and_called_unfinished(members):
    runs = [run_of(answer) for answer in lines(members, "answers")]
    fits = lambda answer: runs.count(run_of(answer)) == 1  # noqa: E731
    id = run_of(remove(members, "answers", arm_of(members, "pal", fits)))
    manifest = json.loads(members["manifest.json"])
    answers = manifest["answers"] - 1
    put_manifest(members, {**manifest, "answers": answers, "complete": False})
    return id


def arms_left_out_of_the_study(members):
    text = members["study.toml"]
    members["study.toml"] = text.replace(b'    "readout",\n', b"")
    assert members["study.toml"] != text
    return lines(members, "answers")[arm_of(members, "readout")]["id"]


def vote(members):
    """A sampled reply is another, so the vote is."""
    answer = lines(members, "answers")[arm_of(members, "self_consistency")]
    for id in [made["call"] for made in answer["trail"] if made["key"].startswith("sampled")]:
        number = find(members, "calls", lambda call, id=id: call["id"] == id)
        reply = lines(members, "calls")[number]["reply"]
        other = {**reply, "text": f"Answer: {other_letters(answer['letters'])[0]}"}
        change(members, "calls", number, reply=other)
    return answer["id"]


def call_of_cot_removed(members):
    (made,) = lines(members, "answers")[arm_of(members, "cot")]["trail"]
    id = made["call"]
    return remove(members, "calls", find(members, "calls", lambda call: call["id"] == id))["id"]


def run_of_stub_removed(members):
    id = run_of(lines(members, "answers")[arm_of(members, "stub_solver")])
    return remove(members, "executions", find(members, "executions", lambda r: r["id"] == id))["id"]


def run_of_stub_to(**values):
    def tamper(members):
        id = run_of(lines(members, "answers")[arm_of(members, "stub_solver")])
        number = find(members, "executions", lambda run: run["id"] == id)
        return change(members, "executions", number, **values)["id"]

    return tamper


def program_of_pal(members):
    id = lines(members, "answers")[arm_of(members, "pal")]["facts"]["program_id"]
    number = find(members, "programs", lambda program: program["id"] == id)
    return change(members, "programs", number, source=lambda text: text + "# more\n")["id"]


def audit_field(**values):
    """Change the first audit that says something else."""

    def changed(members):
        audits = lines(members, "dependence")
        place = next(
            place
            for place, audit in enumerate(audits)
            if any(callable(new) or audit[name] != new for name, new in values.items())
        )
        return change(members, "dependence", place, **values)["program_id"]

    return changed


def probe_field(number, **values):
    def changed(probes):
        probes[number] = {**probes[number], **values}
        return probes

    return audit_field(probes=changed)


def audit_removed_and_put_for_no_program(members):
    audits = lines(members, "dependence")
    put(members, "dependence", [{**audits[0], "program_id": NEVER}, *audits[1:]])
    return NEVER


def audit_twice(members):
    audits = lines(members, "dependence")
    put(members, "dependence", [audits[0], *audits])
    return audits[0]["program_id"]


def probes_cut(members):
    return audit_field(probes=lambda probes: probes[:2])(members)


FIELDS = {
    "letter of direct": ("direct", "letters", other_letters),
    "letter of cgr": ("cgr", "letters", other_letters),
    "letter of generator_only": ("generator_only", "letters", other_letters),
    "letter of cot": ("cot", "letters", other_letters),
    "letter of foreign_scaffold": ("foreign_scaffold", "letters", other_letters),
    "letter of pal": ("pal", "letters", other_letters),
    "letter of readout": ("readout", "letters", other_letters),
    "letter of self_consistency": ("self_consistency", "letters", other_letters),
    "letter of stub_solver": ("stub_solver", "letters", other_letters),
    "status": ("cot", "status", "none"),
    "an own failure": ("cgr", "status", "overflow"),
    "words": ("cot", "detail", "read by heart"),
    "error": ("cot", "error", "refused: no"),
    "solver calls": ("self_consistency", "totals", lambda t: {**t, "solver_calls": 40}),
    "prompt tokens": ("cot", "totals", lambda t: {**t, "solver_prompt_tokens": 1}),
    "reply tokens": ("cot", "totals", lambda t: {**t, "solver_reply_tokens": 1}),
    "generator calls": ("cot", "totals", lambda t: {**t, "generator_calls": 1}),
    "generator tokens": ("pal", "totals", lambda t: {**t, "generator_reply_tokens": 1}),
    "call of another": ("direct", "trail", entry(0, call=NEVER)),
    "key of a call": ("direct", "trail", entry(0, key="direct/0")),
    "role of a call": ("direct", "trail", entry(0, role="generator")),
    "letters read in a reply": ("cot", "trail", reading(0, letters=[])),
    "rule of a reading": ("self_consistency", "trail", reading(-1, rule="boxed")),
    "place of a reading": ("self_consistency", "trail", reading(-1, span=[0, 1])),
    "status of a reading": ("self_consistency", "trail", reading(-1, status="none")),
    "a call that was not made": ("cgr", "trail", lambda trail: [*trail, trail[-1]]),
    "a call left out": ("cgr", "trail", lambda trail: trail[:-1]),
    "calls in another order": ("cgr", "trail", lambda trail: trail[::-1]),
    "letters of a step": ("direct", "steps", entry(0, letters=["B", "A"])),
    "calls of a step": ("self_consistency", "steps", entry(-1, n=0)),
    "runs of a step": ("self_consistency", "steps", entry(-1, m=5)),
    "a step left out": ("self_consistency", "steps", lambda steps: steps[1:]),
    "program of another": (
        "stub_solver", "facts", lambda facts: {**facts, "program_id": NEVER},
    ),
    "a fact invented": ("readout", "facts", {"sure": 1}),
    "run of another": ("stub_solver", "runs", entry(0, execution=NEVER)),
    "key of a run": ("pal", "runs", entry(0, key="other")),
    "a run left out": ("foreign_scaffold", "runs", []),
    "solver of an answer": ("readout", "solver", None),
    "generator of an answer": ("readout", "generator", "generator"),
    "item of an answer": ("readout", "item_id", NEVER),
    "setup of an answer": ("readout", "setup", NEVER),
    "isolation": ("pal", "isolation", "full"),
    "difficulty": ("generator_only", "difficulty", "medium"),
}  # fmt: skip
"""Name -> arm, field and new value: of the first answer of the arm where that is a change."""
FOUND_BY_READING = {
    "answer added": arm_added,
    "answer of no item": answer_of_no_item,
    "answers moved": answers_moved,
    "answers swapped": answers_swapped,
    "answer twice": arm_twice,
    "answer removed": arm_removed,
    "arm renamed": arm_renamed,
    "answer removed, study called unfinished": arm_with_a_run_removed_and_called_unfinished,
    "arm left out of the settings": arms_left_out_of_the_study,
    "sampled replies": vote,
    "call removed": call_of_cot_removed,
    "run removed": run_of_stub_removed,
    "program": program_of_pal,
    "verdict of an audit": audit_field(verdict="independent"),
    "reachable letters": audit_field(reachable=["A"]),
    "what is fixed": audit_field(fixed="letter"),
    "item of an audit": audit_field(item_id=NEVER),
    "name of a probe": probe_field(1, name="every reply 'C'"),
    "text of a probe": probe_field(0, text="5"),
    "order of a probe": probe_field(0, order="reversed"),
    "probes cut": probes_cut,
    "audit of no program": audit_removed_and_put_for_no_program,
    "audit twice": audit_twice,
}
FOUND_BY_REPLAY = {
    "output of a stub run": run_of_stub_to(output="hello"),
    "item of a stub run's asks": run_of_stub_to(calls=lambda asks: asks[:1]),
    "solver of a stub run": run_of_stub_to(solver="none"),
}


def found_in(members, path, **options):
    write_archive(members, path)
    return verify_package(path, isolation="limits", **options)


@pytest.fixture(scope="module")
def changed_fields(full_package, tmp_path_factory):
    """All of FIELDS in one package: tampering -> id of the answer, and what was found."""
    members = read_archive(full_package)
    ids = change_answers(members, FIELDS)
    rehash(members)
    path = tmp_path_factory.mktemp("fields") / "p.zip"
    return ids, found_in(members, path, replay=False)


@pytest.mark.parametrize("name", FIELDS)
def test_a_changed_field_of_an_answer_is_named(name, changed_fields):
    ids, found = changed_fields
    assert names_field(found, f"answers.jsonl {ids[name]}", FIELDS[name][1]), found.problems


@pytest.mark.parametrize("name", FOUND_BY_READING)
def test_what_is_changed_in_arms_and_audits_is_named(name, full_members, tmp_path):
    id = FOUND_BY_READING[name](full_members)
    rehash(full_members)
    found = found_in(full_members, tmp_path / "p.zip", replay=False)
    assert any(id in problem.where + problem.what for problem in found.problems), found.problems


@pytest.mark.parametrize("name", FOUND_BY_REPLAY)
def test_what_only_a_replay_of_an_arm_can_tell_is_named(name, full_members, tmp_path):
    id = FOUND_BY_REPLAY[name](full_members)
    rehash(full_members)
    assert found_in(full_members, tmp_path / "p.zip", replay=False).ok
    found = found_in(full_members, tmp_path / "p.zip", replay=True)
    assert any(id in problem.where for problem in found.problems), found


def test_a_package_with_arms_and_audits_verifies_by_every_means(full_package):
    found = verify_package(full_package, isolation="limits", reprobe=True)
    assert found.problems == ()
    assert found.checked["answers"] == 9 * 7
    assert found.checked["replayed"] == found.checked["replayed alike"] > 12
    assert found.checked["probed again"] == found.checked["dependence"] > 0


def test_a_probe_that_a_program_does_not_bear_out_is_found_by_probing_again(full_members, tmp_path):
    """A forger who changes what programs did under every probe, and the verdict to fit."""
    audit = lines(full_members, "dependence")[0]
    opening = {**audit["probes"][0], "letter": "B", "text": "4", "status": "ok"}
    turned = {**opening, "order": "reversed", "text": "3"}
    values = {
        "verdict": "independent",
        "reachable": ["B"],
        "fixed": "letter",
        "probes": [opening, opening, turned],
    }
    id = change(full_members, "dependence", 0, **values)["program_id"]
    rehash(full_members)
    found = found_in(full_members, tmp_path / "p.zip", replay=False, reprobe=True)
    assert any(id in problem.where for problem in found.problems)


def test_answers_that_an_unfinished_study_does_not_have_yet_are_a_note(full_members, tmp_path):
    remove(full_members, "answers", arm_of(full_members, "readout"))
    resum(full_members)
    manifest = json.loads(full_members["manifest.json"])
    put_manifest(full_members, {**manifest, "answers": manifest["answers"] - 1, "complete": False})
    rehash(full_members)
    found = found_in(full_members, tmp_path / "p.zip", replay=False)
    assert found.problems == ()
    assert any("1 of 63 answers are not there yet" in note.what for note in found.notes)
