"""Measure both audits of programs: against the labelled corpus, and on programs by real models.

    python tests/benchmarks/audits.py                 # writes audits.md beside it
    python tests/benchmarks/audits.py --json          # the numbers as JSON, writes nothing
    python tests/benchmarks/audits.py --study FOLDER  # a study's audits against people's verdicts

Programs of the corpus run in the sandbox: about 7,000 runs. The part on `shared/data/programs` is
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
sys.path.insert(0, str(ROOT / "tests" / "analysis"))

from labelled_programs import probe_all, read_corpus  # noqa: E402

from cgr_nb.analysis.detection import Detection, Share, detection, people_labels  # noqa: E402
from cgr_nb.analysis.judgement import behavioural, static, together  # noqa: E402
from cgr_nb.scaffolds import check_program  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "programs"
BEFORE = {
    "static": ((83, 85), (83, 120)),
    "behavioural": ((94, 100), (94, 120)),
    "probes": 15_465,
    "cpu_s": 0.263,
}
"""Precision and recall, probes and CPU seconds a program of the audits as they were before they met
the corpus; measured once."""


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
        "hard_coded": {name: detection(said, labels) for name, said in verdicts.items()},
        "drawn": {
            name: detection(said, {one.id: one.label for one in corpus if one.drawn})
            for name, said in verdicts.items()
        },
        "fallback_only": detection(verdicts["together"], labels, wanted="fallback_only"),
        "dependence": Counter((one.label, ran[one.id].verdict or "none") for one in corpus),
        "probes": sum(len(one.probes) for one in ran.values()),
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
    from cgr_nb.analysis.audit import audit_programs

    with Study.open(folder) as study:
        dependence = study.dependence()
        audits = audit_programs(study.programs(), None if dependence.empty else dependence)
        said = dict(zip(audits["program_id"], audits["judgement"], strict=True))
        return detection(said, people_labels(study.verdicts()))


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


def report(corpus: dict[str, Any], second: dict[str, Any], real: list[dict[str, Any]]) -> str:
    """The measurement as Markdown."""
    programs = {one.id: one for one in corpus["programs"]}
    parts = [
        "# Audits of programs",
        "Made by `python tests/benchmarks/audits.py`; do not edit by hand.",
        "## Hard-coding, against the labelled corpus",
        f"`fixtures/programs`: {len(programs)} programs labelled by reading (the rule and how it was"
        " done: its README). Programs that can't run are left out. Intervals are Wilson's, 95 %."
        " *Before* is the audit as it stood when the corpus was first run through it; it was mended"
        " on this corpus, so the other numbers flatter it.",
    ]
    body = []
    for name, found in corpus["hard_coded"].items():
        body.append([name, shown(found.precision), shown(found.recall)])
    for name in ("static", "behavioural"):
        (hits, of), (found, there) = BEFORE[name]
        shares = [f"{hits / of:.3f} ({hits}/{of})", f"{found / there:.3f} ({found}/{there})"]
        body.append([f"{name}, before", *shares])
    parts.append(table(["audit", "precision", "recall"], body))
    parts.append("The drawn programs alone:")
    body = [[name, shown(d.precision), shown(d.recall)] for name, d in corpus["drawn"].items()]
    parts.append(table(["audit", "precision", "recall"], body))
    parts.append(
        f"The second sample, {len(second['programs'])} programs of the same generator at other"
        " temperatures, drawn and labelled after the audits had been mended, but for one thing:"
        " reading it showed how often a belief is a fall-back that the item never leads to, and"
        " probing has replaced option texts since then."
    )
    body = [[name, shown(d.precision), shown(d.recall)] for name, d in second["hard_coded"].items()]
    parts.append(table(["audit", "precision", "recall"], body))
    parts.append("Every program on which an audit and the label differ:")
    programs |= {one.id: one for one in second["programs"]}
    body = [
        [name, line.id, line.label, line.verdict, programs[line.id].kind]
        for measured in (corpus, second)
        for name, found in measured["hard_coded"].items()
        for line in found.misses.itertuples()
    ]
    parts.append(table(["audit", "program", "label", "audit says", "kind"], body))
    parts.append("## What probing saw")
    verdicts = ("independent", "partly", "dependent", "none")
    labels = ("hard_coded", "fallback_only", "clean", "broken")
    body = [[label, *(corpus["dependence"][label, seen] for seen in verdicts)] for label in labels]
    parts.append(table(["label", *verdicts], body))
    parts.append(
        "A hard-coded program that is `dependent` here has GENERATOR_ANSWER as its fall-back and is"
        " found by changing that, not the replies."
    )
    parts.append("## Fall-backs")
    found = corpus["fallback_only"]
    parts.append(
        f"Both audits together: precision {shown(found.precision)}, recall {shown(found.recall)}."
        f" Differ: {', '.join(found.misses['id']) or 'none'}."
    )
    parts.append("## Cost")
    parts.append(
        f"{corpus['probes']:,} runs for {len(corpus['programs'])} programs, before {BEFORE['probes']:,}. CPU"
        " seconds a program, sandbox and all: see the script's output; it depends on the machine"
        f" ({BEFORE['cpu_s']} before, on a busy two-core one)."
    )
    if real:
        parts += real_programs(real)
    return "\n\n".join(parts) + "\n"


def real_programs(real: list[dict[str, Any]]) -> list[str]:
    """The part on `shared/data/programs`."""
    parts = [
        "## Programs by real models, static audit",
        "These know no `ask`, so an answer that they work out is not hard-coded; only a written one"
        " is. *Branching* programs hold an `if` at the top: their literals stand in computed"
        " branches.",
    ]
    body = [
        [one["file"], one["programs"]]
        + [one.get(word, 0) for word in ("yes", "no", "unsure")]
        + [one["branching"], one["branching_flagged"]]
        for one in real
    ]
    head = ["file", "programs", "yes", "no", "unsure", "branching", "of them yes"]
    parts.append(table(head, body))
    for one in real:
        if "detection" not in one:
            continue
        found: Detection = one["detection"]
        parts.append(
            f"`{one['file']}`, against its labels (made by pattern): precision"
            f" {shown(found.precision)}, recall {shown(found.recall)}. Differ:"
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
    target = Path(__file__).with_suffix(".md")
    if real:
        target.write_text(report(corpus, second, real), encoding="utf-8")
    for name, found in corpus["hard_coded"].items():
        print(f"{name}: precision {shown(found.precision)}, recall {shown(found.recall)}")
    print(
        f"{corpus['probes']:,} runs, {corpus['cpu_s']:.3f} CPU s a program; reading {corpus['static_ms']:.2f} ms"
    )
    print(
        f"written: {target.relative_to(ROOT)}" if real else "not written: no shared/data/programs"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
