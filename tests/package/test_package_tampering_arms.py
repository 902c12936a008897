"""Tamperings of arms and audits: each is found and named, though the manifest is made anew."""

from __future__ import annotations

import json

import pytest
from tampering import change, find, lines, put, put_manifest, rehash, remove, resum

from cgr_nb.package import verify_package
from cgr_nb.package.archive import read_archive, write_archive

NEVER = "0" * 20


def was_run(answer):
    return answer["execution_id"] is not None or answer["letter"] is not None


def arm_of(members, name, fits=was_run):
    return find(members, "arms", lambda answer: answer["arm"] == name and fits(answer))


def other_letter(letter):
    return "B" if letter == "A" else "A"  # also where there is none


def arm_added(members):
    answers = lines(members, "arms")
    answers.insert(0, {**answers[0], "id": NEVER})
    put(members, "arms", answers)
    return NEVER


def arm_of_no_row(members):
    answers = lines(members, "arms")
    answers.insert(0, {**answers[0], "id": NEVER, "row_id": NEVER})
    put(members, "arms", answers)
    return NEVER


def arm_twice(members):
    answers = lines(members, "arms")
    put(members, "arms", [answers[0], *answers])
    return answers[0]["id"]


def arm_removed(members):
    return remove(members, "arms", arm_of(members, "cot"))["id"]


def arm_renamed(members):
    answers = lines(members, "arms")
    answers[arm_of(members, "cot")]["arm"] = "cot_again"
    put(members, "arms", sorted(answers, key=lambda a: (a["row_id"], a["arm"], a["id"])))
    return "cot_again"


def arm_with_a_run_removed_and_called_unfinished(members):
    runs = [answer["execution_id"] for answer in lines(members, "arms")]
    fits = lambda answer: runs.count(answer["execution_id"]) == 1  # noqa: E731
    id = remove(members, "arms", arm_of(members, "pal", fits))["execution_id"]
    manifest = json.loads(members["manifest.json"])
    answers = manifest["answers"] - 1
    put_manifest(members, {**manifest, "answers": answers, "complete": False})
    return id


def arms_left_out_of_the_study(members):
    text = members["study.toml"]
    members["study.toml"] = text.replace(b'    "readout",\n', b"")
    assert members["study.toml"] != text
    return lines(members, "arms")[arm_of(members, "readout")]["id"]


def vote(members):
    """A sampled reply is another, so the vote is."""
    answer = lines(members, "arms")[arm_of(members, "self_consistency")]
    for id in answer["call_ids"]:
        number = find(members, "calls", lambda call, id=id: call["id"] == id)
        reply = lines(members, "calls")[number]["reply"]
        other = {**reply, "text": f"Answer: {other_letter(answer['letter'])}"}
        change(members, "calls", number, reply=other)
    return answer["id"]


def call_of_cot_removed(members):
    (id,) = lines(members, "arms")[arm_of(members, "cot")]["call_ids"]
    return remove(members, "calls", find(members, "calls", lambda call: call["id"] == id))["id"]


def run_of_stub_removed(members):
    id = lines(members, "arms")[arm_of(members, "stub_solver")]["execution_id"]
    return remove(members, "executions", find(members, "executions", lambda r: r["id"] == id))["id"]


def run_of_stub_to(**values):
    def tamper(members):
        id = lines(members, "arms")[arm_of(members, "stub_solver")]["execution_id"]
        number = find(members, "executions", lambda run: run["id"] == id)
        return change(members, "executions", number, **values)["id"]

    return tamper


def program_of_pal(members):
    id = lines(members, "arms")[arm_of(members, "pal")]["program_id"]
    number = find(members, "programs", lambda program: program["id"] == id)
    return change(members, "programs", number, source=lambda text: text + "# more\n")["id"]


def audit_field(**values):
    return lambda members: change(members, "dependence", 0, **values)["program_id"]


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
    "letter of cot": ("cot", 0, "letter", other_letter),
    "letter of foreign_scaffold": ("foreign_scaffold", 0, "letter", other_letter),
    "letter of pal": ("pal", 0, "letter", other_letter),
    "letter of readout": ("readout", 0, "letter", other_letter),
    "letter of self_consistency": ("self_consistency", 0, "letter", other_letter),
    "letter of stub_solver": ("stub_solver", 0, "letter", other_letter),
    "status": ("cot", 1, "status", "none"),
    "words": ("cot", 2, "detail", "read by heart"),
    "calls": ("self_consistency", 1, "calls", 40),
    "prompt tokens": ("cot", 3, "prompt_tokens", 1),
    "reply tokens": ("cot", 4, "reply_tokens", 1),
    "generator tokens": ("pal", 1, "generator_tokens", 1),
    "generator calls": ("cot", 5, "generator_calls", 1),
    "call of another": ("cot", 6, "call_ids", [NEVER]),
    "program of another": ("stub_solver", 1, "program_id", NEVER),
    "run of another": ("stub_solver", 2, "execution_id", NEVER),
}
"""Name -> arm, which of its answers that were run, field and new value: each an answer of its own."""
FOUND_BY_READING = {
    "answer added": arm_added,
    "answer of no row": arm_of_no_row,
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
    ids = {}
    for name, (arm, number, field, value) in FIELDS.items():
        places = [n for n, a in enumerate(lines(members, "arms")) if a["arm"] == arm and was_run(a)]
        ids[name] = change(members, "arms", places[number], **{field: value})["id"]
    assert len(set(ids.values())) == len(FIELDS)
    rehash(members)
    path = tmp_path_factory.mktemp("fields") / "p.zip"
    return ids, found_in(members, path, replay=False)


@pytest.mark.parametrize("name", FIELDS)
def test_a_changed_field_of_an_answer_is_named(name, changed_fields):
    ids, found = changed_fields
    told = [problem.what for problem in found.problems if problem.where.endswith(ids[name])]
    assert any(what.startswith(f"{FIELDS[name][2]} is ") for what in told), told


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
    assert found.checked["arms"] == 6 * 7
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
    remove(full_members, "arms", arm_of(full_members, "readout"))
    resum(full_members)
    manifest = json.loads(full_members["manifest.json"])
    put_manifest(full_members, {**manifest, "answers": manifest["answers"] - 1, "complete": False})
    rehash(full_members)
    found = found_in(full_members, tmp_path / "p.zip", replay=False)
    assert found.problems == ()
    assert any("1 answers of arms" in note.what for note in found.notes)
