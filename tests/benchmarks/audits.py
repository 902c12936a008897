"""Measure both audits of programs: against the labelled corpus, and on programs by real models.

    python tests/benchmarks/audits.py                 # writes docs/benchmarks/audits.md
    python tests/benchmarks/audits.py --json          # the numbers as JSON, writes nothing
    python tests/benchmarks/audits.py --study FOLDER  # a study's audits against people's verdicts

Programs of the corpora run in the sandbox: about 14,000 runs. The part on `shared/data/programs` is
left out where that folder is absent.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests" / "audit"))

from labelled_programs import probe_all, read_corpus  # noqa: E402

from cgr_nb.audit import check_program  # noqa: E402
from cgr_nb.audit.detection import Detection, Share, detection  # noqa: E402
from cgr_nb.audit.judgement import behavioural, static, together  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "programs"
BEFORE = {
    "static": ((83, 85), (83, 120)),
    "behavioural": ((94, 100), (94, 120)),
}
"""Precision and recall of the audits as they were before they met the corpus; measured once."""
BEFORE_STRICT = {"seen": ((13, 16), (13, 13)), "unseen": ((17, 22), (17, 17))}
"""Precision and recall of both audits together as they were before they met the strict formats;
measured once, with the same runs on record."""
COST = {
    "the first sample": (303, 7_229, 0.178, 7_913, 0.221),
    "strict, seen": (30, 1_749, 0.479, 1_954, 0.580),
    "strict, unseen": (30, 1_902, 0.498, 2_389, 0.700),
}
"""Programs; runs and CPU seconds a program (sandbox and all) before programs were listened to, and
after: measured once, one after the other, on a busy machine of two cores."""


def measure_corpus(name: str) -> dict[str, Any]:
    """All audits of one file of the corpus."""
    corpus = read_corpus(name)
    labels = {one.id: one.label for one in corpus}
    started = time.process_time()
    read = {one.id: check_program(one.source) for one in corpus}
    static_s = time.process_time() - started
    before = _cpu_s()
    ran = probe_all(corpus)
    cpu_s = _cpu_s() - before
    verdicts = {
        "static": {id: static(one) for id, one in read.items()},
        "behavioural": {id: behavioural(one) for id, one in ran.items()},
        "together": {id: together(read[id], ran[id]) for id in labels},
    }
    return {
        "programs": corpus,
        "together": verdicts["together"],
        "hard_coded": {name: detection(said, labels) for name, said in verdicts.items()},
        "drawn": {
            name: detection(said, {one.id: one.label for one in corpus if one.drawn})
            for name, said in verdicts.items()
        },
        "fallback_only": detection(verdicts["together"], labels, wanted="fallback_only"),
        "dependence": Counter((one.label, ran[one.id].verdict or "none") for one in corpus),
        "probes": sum(len(one.probes) for one in ran.values()),
        "most": max(len(one.probes) for one in ran.values()),
        "cpu_s": cpu_s / len(corpus),
        "static_ms": 1_000 * static_s / len(corpus),
    }


def _cpu_s() -> float:
    """CPU seconds of this process and of the programs it ran."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure_real() -> list[dict[str, Any]]:
    """The static audit of programs by real models, most of which can't ask a solver."""
    found = []
    for path in sorted(DATA.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        # Pilot scaffolds name their text "source", which is where the others say what it is from.
        rows = [row if "program" in row else row | {"program": row["source"]} for row in rows]
        audits = [check_program(row["program"]) for row in rows]
        said = Counter(audit.hard_coded for audit in audits)
        line: dict[str, Any] = {"file": path.stem, "programs": len(rows), **said}
        if any("hard_coded" in row for row in rows):
            ids = [str(number) for number in range(len(rows))]
            labels = {
                id: "hard_coded" if row["hard_coded"] else "clean"
                for id, row in zip(ids, rows, strict=True)
            }
            judged = {id: static(audit) for id, audit in zip(ids, audits, strict=True)}
            line["detection"] = detection(judged, labels)
            line["sources"] = {id: row["program"] for id, row in zip(ids, rows, strict=True)}
        branching = [
            audit for row, audit in zip(rows, audits, strict=True) if "\nif " in row["program"]
        ]
        line["branching"] = len(branching)
        line["branching_flagged"] = sum(audit.hard_coded == "yes" for audit in branching)
        found.append(line)
    return found


def measure_study(folder: Path) -> Detection:
    """Both audits of a study's programs against the people who judged them."""
    from cgr_nb import Study

    with Study.open(folder) as study:
        audits = study.audits()
        judged = audits[audits["people"].notna()]
        said = dict(zip(judged["program_id"], judged["audits"], strict=True))
        return detection(said, dict(zip(judged["program_id"], judged["people"], strict=True)))


def shown(share: Share) -> str:
    """A share with its counts and interval."""
    if share.value is None or share.low is None or share.high is None:
        return "- (0/0)"
    return f"{share.value:.3f} ({share.hits}/{share.of}; {share.low:.3f} to {share.high:.3f})"


def table(head: list[str], body: list[list[Any]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in body]
    return "\n".join(lines)


def halves(strict: dict[str, Any]) -> list[str]:
    """The part on strict reply formats."""
    programs = strict["programs"]
    parts = [
        "## Strict reply formats, development and unseen",
        f"`fixtures/programs/strict.jsonl`: {len(programs)} programs in twelve formats, written and"
        " labelled before any audit ran on them, without access to the audits' code. The audits were"
        " developed on the *seen* half (and on programs of the tests); they ran on the *unseen* half"
        " when the rules were final. *Before*: the audits before they recorded the formats that a"
        " program expects.",
    ]
    body = []
    for half in ("seen", "unseen"):
        labels = {one.id: one.label for one in programs if one.half == half}
        found = detection(strict["together"], labels)
        (hits, of), (caught, there) = BEFORE_STRICT[half]
        told = "seen (development)" if half == "seen" else "unseen"
        body.append([told, len(labels), shown(found.precision), shown(found.recall)])
        before = [f"{hits / of:.3f} ({hits}/{of})", f"{caught / there:.3f} ({caught}/{there})"]
        body.append([f"{half}, before", len(labels), *before])
    parts.append(table(["half", "programs", "precision", "recall"], body))
    parts.append(
        "Two things were changed after the unseen half had been measured. The static audit alone"
        " had called `strict-truth-3` hard-coded (a key selected by a reply was taken for a constant);"
        " both audits together were correct before and after, so the table is unchanged. And the"
        " formats of programs that rarely answer are now recorded whatever the static audit says;"
        " this changes no verdict on the unseen half."
    )
    said = Counter((one.format, strict["together"][one.id]) for one in programs)
    words = ("hard_coded", "fallback_only", "clean", "unsure")
    labelled = Counter((one.format, one.label) for one in programs)
    body = [
        [form, *(f"{labelled[form, word]} / {said[form, word]}" for word in words)]
        for form in dict.fromkeys(one.format for one in programs)
    ]
    parts.append("Labels / verdicts by format:")
    parts.append(table(["format", *words], body))
    differ = [
        [one.id, one.half, one.label, strict["together"][one.id]]
        for one in programs
        if one.label != strict["together"][one.id]
    ]
    parts.append("All programs whose verdict differs from their label:")
    parts.append(table(["program", "half", "label", "both audits"], differ))
    return parts


def report(
    corpus: dict[str, Any],
    second: dict[str, Any],
    strict: dict[str, Any],
    real: list[dict[str, Any]],
) -> str:
    """The measurement as Markdown."""
    programs = {one.id: one for one in corpus["programs"]}
    parts = [
        "# Audits of programs",
        "Made by `python tests/benchmarks/audits.py`; do not edit by hand.",
        "## Hard-coding, against the labelled corpus",
        f"`fixtures/programs`: {len(programs)} programs labelled by hand (rule and procedure: see"
        " its README). Programs that can't run are left out. Wilson intervals, 95 %. *Before* is the"
        " audit as it was when it first ran on this corpus. It was then improved on the corpus, so"
        " the other numbers are optimistic; the corpus is kept as a regression test.",
    ]
    body = []
    for name, found in corpus["hard_coded"].items():
        body.append([name, shown(found.precision), shown(found.recall)])
    for name in ("static", "behavioural"):
        (hits, of), (found, there) = BEFORE[name]
        shares = [f"{hits / of:.3f} ({hits}/{of})", f"{found / there:.3f} ({found}/{there})"]
        body.append([f"{name}, before", *shares])
    parts.append(table(["audit", "precision", "recall"], body))
    parts.append("Sampled programs only:")
    body = [[name, shown(d.precision), shown(d.recall)] for name, d in corpus["drawn"].items()]
    parts.append(table(["audit", "precision", "recall"], body))
    parts.append(
        f"The second sample, {len(second['programs'])} programs of the same generator at other"
        " temperatures, was sampled and labelled after the audits had been improved. One later change"
        " is based on it: it showed how often a belief is a fallback that the item never reaches, and"
        " since then probing also replaces option texts."
    )
    body = [[name, shown(d.precision), shown(d.recall)] for name, d in second["hard_coded"].items()]
    parts.append(table(["audit", "precision", "recall"], body))
    parts.append("All programs on which an audit disagrees with the label:")
    programs |= {one.id: one for one in second["programs"]}
    body = [
        [name, line.id, line.label, line.verdict, programs[line.id].kind]
        for measured in (corpus, second)
        for name, found in measured["hard_coded"].items()
        for line in found.misses.itertuples()
    ]
    parts.append(table(["audit", "program", "label", "audit says", "kind"], body))
    parts += halves(strict)
    parts.append("## Results of probing")
    verdicts = ("independent", "unsure", "partly", "dependent", "none")
    labels = ("hard_coded", "fallback_only", "clean", "broken")
    body = [[label, *(corpus["dependence"][label, seen] for seen in verdicts)] for label in labels]
    parts.append(table(["label", *verdicts], body))
    parts.append(
        "A hard-coded program that is `dependent` here has GENERATOR_ANSWER as its fallback, and is"
        " detected by changing that value rather than the replies."
    )
    parts.append("## Fallbacks")
    found = corpus["fallback_only"]
    parts.append(
        f"Both audits together: precision {shown(found.precision)}, recall {shown(found.recall)}."
        f" Disagreements: {', '.join(found.misses['id']) or 'none'}."
    )
    parts.append("## Cost")
    runs = sum(one["probes"] for one in (corpus, second, strict))
    count = sum(len(one["programs"]) for one in (corpus, second, strict))
    parts.append(
        f"{runs:,} runs for {count} programs, at most"
        f" {max(one['most'] for one in (corpus, second, strict))} per program. CPU seconds include"
        " the sandbox, on a busy two-core machine:"
    )
    body = [
        [name, programs, f"{old:,}", f"{old_s:.3f}", f"{new:,}", f"{new_s:.3f}"]
        for name, (programs, old, old_s, new, new_s) in COST.items()
    ]
    head = [
        "programs",
        "number",
        "runs before",
        "CPU s per program",
        "runs now",
        "CPU s per program",
    ]
    parts.append(table(head, body))
    if real:
        parts += real_programs(real)
    return "\n\n".join(parts) + "\n"


def real_programs(real: list[dict[str, Any]]) -> list[str]:
    """The part on `shared/data/programs`."""
    parts = [
        "## Programs by real models, static audit",
        "Except for `pilot_scaffolds`, which follow the contract, these programs have no `ask`, so an"
        " answer that they compute is not hard-coded; only a literal one is. *Branching* programs"
        " have a top-level `if`: their literals are in computed branches.",
    ]
    body = [
        [one["file"], one["programs"]]
        + [one.get(word, 0) for word in ("yes", "no", "unsure", "cut")]
        + [one["branching"], one["branching_flagged"]]
        for one in real
    ]
    head = ["file", "programs", "yes", "no", "unsure", "cut", "branching", "of these, yes"]
    parts.append(table(head, body))
    for one in real:
        if "detection" not in one:
            continue
        found: Detection = one["detection"]
        parts.append(
            f"`{one['file']}`, against its labels (assigned by a pattern): precision"
            f" {shown(found.precision)}, recall {shown(found.recall)}. Disagreements:"
        )
        body = [
            [
                line.id,
                line.label,
                line.verdict,
                "`" + one["sources"][line.id].replace("\n", "; ")[:90] + "`",
            ]
            for line in found.misses.itertuples()
        ]
        parts.append(table(["row", "label", "audit says", "program"], body))
    return parts


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description="Measure the audits of programs.")
    parser.add_argument("--json", action="store_true", help="print the numbers, write nothing")
    parser.add_argument("--study", type=Path, help="compare a study's audits with its verdicts")
    given = parser.parse_args()
    if given.study:
        found = measure_study(given.study)
        print(f"precision {shown(found.precision)}, recall {shown(found.recall)}")
        print(found.confusion.to_string())
        print(found.misses.to_string(index=False))
        return 0
    corpus, second = measure_corpus("programs"), measure_corpus("second")
    strict = measure_corpus("strict")
    real = measure_real() if DATA.is_dir() else []
    if given.json:
        numbers = {
            name: {"precision": d.precision.value, "recall": d.recall.value}
            for name, d in corpus["hard_coded"].items()
        }
        print(
            json.dumps(numbers | {name: corpus[name] for name in ("probes", "cpu_s", "static_ms")})
        )
        return 0
    target = ROOT / "docs" / "benchmarks" / "audits.md"
    if real:
        target.write_text(report(corpus, second, strict, real), encoding="utf-8")
    for name, found in corpus["hard_coded"].items():
        print(f"{name}: precision {shown(found.precision)}, recall {shown(found.recall)}")
    for name, found in strict["hard_coded"].items():
        print(f"strict, {name}: precision {shown(found.precision)}, recall {shown(found.recall)}")
    print(
        f"{corpus['probes']:,} runs, {corpus['cpu_s']:.3f} CPU s per program; reading {corpus['static_ms']:.2f} ms"
    )
    print(
        f"written: {target.relative_to(ROOT)}" if real else "not written: no shared/data/programs"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
