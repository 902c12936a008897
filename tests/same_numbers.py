"""Every number of a study as plain values, held against those that are on record.

Whoever changes how answers are kept proves with this that no number changes. `numbers_of` reads a
study folder, each thing in one small function below, so that a new name for a thing changes one
line here. What is on record lies in `recorded_numbers/` and is what the code gave before.

    python tests/same_numbers.py mixed            compare; "demo" is the other study
    python tests/same_numbers.py mixed --write    put what is there now on record
    python tests/same_numbers.py mixed --folder F leave the study in F, to look at it
    python tests/same_numbers.py mixed --concurrency 1
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
from mixed_study import CALM, make_mixed_study
from report_figures import report_figures

from cgr_nb import Study
from cgr_nb.analysis import Summary, summarise
from cgr_nb.analysis.band import extraction_band
from cgr_nb.analysis.frame import annotate
from cgr_nb.audit.detection import detection
from cgr_nb.audit.findings import audit_programs
from cgr_nb.audit.standing import given_verdicts, people_labels
from cgr_nb.study import demo_config

__all__ = [
    "STUDIES",
    "Differences",
    "differences",
    "make",
    "numbers_of",
    "other_replies",
    "recorded",
    "write",
]

RECORDED = Path(__file__).parent / "recorded_numbers"
DEMO_ITEMS = 3
"""Items of each of the nine sets of the demo study."""
LONGEST = 60
"""Longer texts are told by their beginning and a hash."""

LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "rows": {
        "id": "names the record, whose shape may change; rows are told by item, solver, generator",
        "isolation": "what this machine can give",
        "time": "a time",
    },
    "arm answers": {
        "id": "names the record, whose shape may change",
        "row_id": "as the id of a row",
    },
    "arm frame": {"row_id": "as the id of a row"},
    "calls": {"duration_s": "a time", "time": "a time"},
    "executions": {
        "cpu_s": "a time",
        "wall_s": "a time",
        "isolation": "what this machine can give",
    },
    "extraction failures": {
        "call_ids": "examples, chosen in the order of row ids",
        "example": "the same",
    },
    "failures": {"rows": "row ids"},
    "redos": {
        "created": "a time",
        "rows": "counts records of a table that may go",
        "answers": "the same",
    },
    "report": {
        "Seconds": "a time",
        "For example": "chosen in the order of row ids",
        "missing: Superseded calls": "named by a time; it is all among the redos",
    },
}
"""What is not compared -> column or table -> why."""


# Each access to a study is one function: when a name moves, its line here moves.


def _rows(study: Study) -> pd.DataFrame:
    return study.rows()


def _arm_answers(study: Study) -> pd.DataFrame:
    return study.arms()


def _arm_frame(study: Study) -> pd.DataFrame:
    return study.arm_frame()


def _annotated(study: Study) -> pd.DataFrame:
    return annotate(_rows(study))


def _summary(study: Study) -> Summary:
    return study.summary()


def _summary_of(study: Study, datasets: Sequence[str]) -> Summary:
    """As `_summary`, of some datasets."""
    rows, arms = _rows(study), _arm_frame(study)
    ours, theirs = rows["dataset"].isin(datasets), arms["dataset"].isin(datasets)
    return summarise(rows[ours], arms=arms[theirs])


def _band(study: Study) -> dict[str, pd.DataFrame]:
    """The pairs under each treatment of answers that could not be read."""
    return extraction_band(_annotated(study), _summary(study).pairs, _arm_frame(study))


def _audits(study: Study) -> pd.DataFrame:
    """Both audits of every program, without what people say."""
    return audit_programs(study.programs(), study.dependence())


def _page(study: Study) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return study.report(Path(folder) / "index.html").read_text("utf-8")


def numbers_of(folder: Path) -> dict[str, Any]:
    """All numbers of a study: section -> line -> name -> value, JSON-ready."""
    with Study.open(folder) as study:
        rows = _rows(study)
        key = [f"{row.item_id} {row.solver} {row.generator}" for row in rows.itertuples()]
        of_row = dict(zip(rows["id"], key, strict=True))
        answers = _arm_answers(study)
        frame = _arm_frame(study)
        judged = _annotated(study)[
            ["direct_correct", "assisted_correct", "generator_correct", "retained", "reason"]
        ]
        audits = _audits(study)
        found: dict[str, Any] = {
            "rows": _lines(_without_place(rows, "assisted_"), "rows", key),
            "rows, whether isolated": _lines(
                pd.DataFrame({"isolated": rows["isolation"].notna()}), "", key
            ),
            "rows, correctness and retention": _lines(judged, "", key),
            "arm answers": _lines(
                _without_place(answers),
                "arm answers",
                [f"{of_row[a.row_id]} {a.arm}" for a in answers.itertuples()],
            ),
            "arm frame": _lines(
                frame, "arm frame", [f"{of_row[a.row_id]} {a.arm}" for a in frame.itertuples()]
            ),
            "items": _by_id(study.items(), "items"),
            "calls": _by_id(study.calls(), "calls"),
            "scaffolds": _by_id(study.scaffolds(), "scaffolds"),
            "programs": _by_id(study.programs(), "programs"),
            "executions": _by_id(_without_place(study.executions()), "executions"),
            "dependence": _by_id(study.dependence(), "dependence", "program_id"),
            "audits": _by_id(audits, "audits", "program_id"),
            "audits, counts": _counts(
                audits, ("judgement", "hard_coded", "dependence", "believes", "fallback")
            ),
            "audit shares": {line.pop("finding"): line for line in study.audit_shares()},
            "verdicts": _lines(
                study.verdicts(),
                "verdicts",
                [f"{v.program_id} {v.rater} {v.created}" for v in study.verdicts().itertuples()],
            ),
            "audits against people": _detection(study, audits),
            "extraction failures": _keyed(
                study.extraction_failures(),
                "extraction failures",
                ["model", "channel", "status", "rule"],
            ),
            "response metadata": _keyed(
                study.response_metadata(), "response metadata", ["channel", "model", "measure"]
            ),
            "errors": {"rows": study.errors()},
            "failures": _failures(study),
            "redos": {
                str(redo.number): _told(
                    {k: v for k, v in asdict(redo).items() if k not in LEFT_OUT["redos"]}
                )
                for redo in study.redos()
            },
            "costs": {"all": {"cost": study.cost()}, **_spent(study.calls())},
            "band": {
                f"{variant}: {name}": line
                for variant, pairs in _band(study).items()
                for name, line in _pairs(pairs).items()
            },
            **_summed("summary", _summary(study)),
        }
        if calm := sorted(set(rows["dataset"]) & set(CALM)):
            found |= _summed("summary where no call fails", _summary_of(study, calm))
        for name, figures in report_figures(_page(study)).items():
            found[f"report, {name}"] = {"page": _without_times(figures)}
    return json.loads(json.dumps(found))


def _without_place(table: pd.DataFrame, before: str = "") -> pd.DataFrame:
    """Without the line at which a program was stopped for time: it is told where the program could
    still say so, which is chance."""
    stopped = table[f"{before}status"].isin(["timeout", "cpu_limit"])
    detail = table[f"{before}detail"]
    words = detail.where(~stopped, detail.str.replace(r" at line \d+$", "", regex=True))
    changed = table.assign(**{f"{before}detail": words})
    if "line" in table.columns:
        changed["line"] = table["line"].where(~stopped)
    return changed


def _told(value: object) -> Any:
    """A value as JSON has it: long texts and lists by a hash, no number where there is none."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:20]}… {_hash(value)}"
    if isinstance(value, Mapping):
        return {str(name): _told(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        parts = [_told(part) for part in value]
        text = json.dumps(parts)
        return parts if len(text) <= 4 * LONGEST else f"{len(parts)} parts {_hash(text)}"
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if value is None or value is pd.NA or isinstance(value, bool | int):
        return None if value is pd.NA else value
    return _told(value.item())  # type: ignore[attr-defined]  # a scalar of numpy


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _lines(table: pd.DataFrame, name: str, keys: Sequence[str]) -> dict[str, Any]:
    """A frame by the keys of its lines, and how many there are."""
    columns = [column for column in table.columns if column not in LEFT_OUT.get(name, {})]
    told = {column: [_told(value) for value in table[column].tolist()] for column in columns}
    lines = {
        key: {column: told[column][place] for column in columns}
        for key, place in sorted(zip(keys, range(len(table)), strict=True))
    }
    assert len(lines) == len(table), f"{name}: keys are not unique"
    return {"(lines)": {"n": len(table)}, **lines}


def _by_id(table: pd.DataFrame, name: str, column: str = "id") -> dict[str, Any]:
    return _lines(table, name, list(table[column]))


def _keyed(table: pd.DataFrame, name: str, columns: Sequence[str]) -> dict[str, Any]:
    keys = table[list(columns)].astype(object).fillna("-").astype(str)
    return _lines(table, name, [" / ".join(key) for key in keys.itertuples(index=False)])


def _pairs(pairs: pd.DataFrame) -> dict[str, Any]:
    columns = [name for name in ("arm", *_PAIR) if name in pairs.columns]
    return _keyed(pairs, "pairs", columns)


_PAIR = ("dataset", "config", "solver", "generator")


def _counts(table: pd.DataFrame, columns: Sequence[str]) -> dict[str, Any]:
    return {
        column: {str(value): n for value, n in sorted(Counter(map(str, table[column])).items())}
        for column in columns
    }


def _detection(study: Study, audits: pd.DataFrame) -> dict[str, Any]:
    labels = people_labels(given_verdicts(study.verdicts()))
    found = detection(dict(zip(audits["program_id"], audits["judgement"], strict=True)), labels)
    return {
        "people": labels,
        "precision": asdict(found.precision),
        "recall": asdict(found.recall),
        "misses": {line.id: f"{line.label}, {line.verdict}" for line in found.misses.itertuples()},
    }


def _failures(study: Study) -> dict[str, Any]:
    """What the last run could not have, by the words of its error."""
    return {
        failure["error"]: {
            name: sorted(value) if isinstance(value, list) else value
            for name, value in failure.items()
            if name not in LEFT_OUT["failures"]
        }
        for failure in study.failures()
    }


def _spent(calls: pd.DataFrame) -> dict[str, Any]:
    totals = calls.fillna({"prompt_tokens": 0, "reply_tokens": 0}).groupby("model")
    return {
        str(model): {
            "calls": len(ours),
            "refused": int(ours["error"].notna().sum()),
            "prompt_tokens": int(ours["prompt_tokens"].sum()),
            "reply_tokens": int(ours["reply_tokens"].sum()),
        }
        for model, ours in totals
    }


def _summed(name: str, summary: Summary) -> dict[str, Any]:
    """The sections of one summary: its tables and partitions line by line, and what remains."""
    plain = replace(summary, comparison=None).to_dict()
    plain["partitions"] = {part: _flat(facts) for part, facts in plain["partitions"].items()}
    band = {line.pop("name"): _flat(line) for line in map(dict, plain.pop("band"))}
    del plain["comparison"], plain["pairs"], plain["retention"]
    parts = plain.pop("partitions")
    found: dict[str, Any] = {
        f"{name}, pairs": _pairs(summary.pairs),
        f"{name}, partitions": parts,
        f"{name}, band": band,
        f"{name}, retention": _keyed(summary.retention, "", ["dataset", "config", "solver"]),
        f"{name}, counts": {"all": _flat(_told(plain))},
    }
    if (compared := summary.comparison) is not None:
        facts = compared.to_dict()
        lines = {line.pop("arm"): _flat(line) for line in facts.pop("lines")}
        del facts["pairs"]
        found |= {
            f"{name}, comparison of arms": lines,
            f"{name}, comparison of arms, counts": {"all": _flat(facts)},
            f"{name}, comparison of arms, pairs": _pairs(compared.pairs),
        }
    return found


def _flat(facts: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested names joined by points."""
    flat: dict[str, Any] = {}
    for name, value in facts.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat


def _without_times(figures: Mapping[str, object]) -> dict[str, object]:
    kept = {}
    for place, value in figures.items():
        parts = place.split(" / ")
        if parts[0] in LEFT_OUT["report"] or parts[-1] in LEFT_OUT["report"]:
            continue
        if "executions on record" in place:
            # The number of runs; what follows are times, and what this machine can isolate.
            place, value = "trust: # executions on record", list(value)[:1]
        kept[place] = value
    return kept


@dataclass(frozen=True)
class Differences:
    """What is not as it is on record."""

    changed: tuple[str, ...]
    """Values that are others now, with both: not allowed."""
    missing: tuple[str, ...]
    """What is on record and not there now: not allowed."""
    new: tuple[str, ...]
    """What is there and not on record: allowed."""

    def __str__(self) -> str:
        wrong = [*self.changed, *self.missing]
        told = [f"{len(self.changed)} changed, {len(self.missing)} missing, {len(self.new)} new"]
        told += wrong[:20]
        if len(wrong) > 20:
            sections = Counter(line.split(" | ")[0].partition(" ")[2] for line in wrong)
            told += [f"and {len(wrong) - 20} more; by section:"]
            told += [f"  {n:6} {section}" for section, n in sections.most_common()]
        if self.new:
            sections = Counter(" | ".join(line.split(" | ")[:1]) for line in self.new)
            told += [f"  {n:6} {section}" for section, n in sections.most_common(20)]
        return "\n".join(told)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Differences:
    """Hold what `numbers_of` returned against what it returned before."""
    missing = [f"missing {' | '.join(path)}" for path, _ in _gone(before, now)]
    new = [f"new {' | '.join(path)}" for path, _ in _gone(now, before)]
    return Differences(tuple(_changed(before, now)), tuple(missing), tuple(new))


def _gone(
    before: Mapping[str, Any], now: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    """What only the first holds; a whole branch is told once."""
    for name, value in before.items():
        if name not in now:
            yield (*path, name), value
        elif isinstance(value, Mapping) and isinstance(now[name], Mapping):
            yield from _gone(value, now[name], (*path, name))


def _changed(
    before: Mapping[str, Any], now: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[str]:
    for name, value in before.items():
        if name not in now:
            continue
        other, here = now[name], (*path, name)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            yield from _changed(value, other, here)
        elif not _same(value, other):
            yield f"changed {' | '.join(here)}: {value!r} is {other!r} now"


def _same(value: object, other: object) -> bool:
    """Equal; 3 and 3.0 are the same number, 1 and true are not. Fractions may differ from the
    twelfth digit on: processors add in different orders."""
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(_same, value, other))
    if isinstance(value, float) and isinstance(other, float):
        return math.isclose(value, other, rel_tol=1e-12, abs_tol=1e-12)
    return value == other and isinstance(value, bool) is isinstance(other, bool)


def other_replies(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Calls that are in both and were answered otherwise: models compute otherwise here, and
    nothing that is built on their replies can be compared."""
    calls, ours = before["calls"], now["calls"]
    return [id for id in calls if id in ours and calls[id].get("reply") != ours[id].get("reply")]


def make_demo_study(folder: Path, *, concurrency: int = 8) -> Path:
    """The demo study with fewer items, as its command makes it."""
    config = demo_config(DEMO_ITEMS, "limits")
    config = replace(config, run=replace(config.run, concurrency=concurrency))
    with Study.run(config, folder, progress=False) as study:
        study.audit(progress=False)
    return folder


STUDIES: Mapping[str, Callable[..., Path]] = {"mixed": make_mixed_study, "demo": make_demo_study}


def make(name: str, folder: Path, concurrency: int = 8) -> dict[str, Any]:
    """Make a study in a folder and read its numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    return numbers_of(STUDIES[name](folder, concurrency=concurrency))


def recorded(name: str) -> dict[str, Any]:
    """The numbers of a study that are on record."""
    found: dict[str, Any] = json.loads(gzip.decompress(_place(name).read_bytes()))
    return found


def write(name: str, numbers: Mapping[str, Any]) -> Path:
    """Put numbers on record."""
    RECORDED.mkdir(exist_ok=True)
    text = json.dumps(numbers, separators=(",", ":"), ensure_ascii=False)
    _place(name).write_bytes(gzip.compress(text.encode(), mtime=0))
    return _place(name)


def _place(name: str) -> Path:
    return RECORDED / f"{name}.json.gz"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("study", choices=list(STUDIES))
    parser.add_argument("--write", action="store_true", help="put what is there now on record")
    parser.add_argument("--folder", type=Path, help="leave the study there")
    parser.add_argument("--concurrency", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary) / "study"
        found = make(given.study, folder, given.concurrency)
    if given.write:
        place = write(given.study, found)
        print(f"{place}: {place.stat().st_size:,} bytes")
        return 0
    different = differences(recorded(given.study), found)
    print(different)
    return int(bool(different.changed or different.missing))


if __name__ == "__main__":
    sys.exit(main())
