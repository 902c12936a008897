"""Make a study of the published size with eight arms, and measure what is done with it afterwards.

    python tests/benchmarks/full_size.py make FOLDER              # 20,520 rows, eight arms
    python tests/benchmarks/full_size.py make FOLDER --items 342  # a tenth of it
    python tests/benchmarks/full_size.py measure FOLDER           # CPU seconds and peak memory
    python tests/benchmarks/full_size.py measure FOLDER --only export verify

What the study is: `full_size_study`. Each step is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from full_size_study import ITEMS, make  # noqa: E402

_STEPPER = (
    "from cgr_nb.widgets import Stepper; study = Study.open(folder);"
    " rows = study.store.counts().done; {before}tick(); Stepper(study, {number})"
)
# The first panel of a process that reads replies compiles the patterns for it.
_SECOND = "Stepper(study, 1); "
STEPS = {
    "open": "study = Study.open(folder)",
    "status": "study = Study.open(folder); study.store.counts()",
    "rows": "study = Study.open(folder); study.rows()",
    "summary": "study = Study.open(folder); study.summary()",
    "report": "study = Study.open(folder); study.report(work / 'report.html')",
    "results": "from cgr_nb.widgets import Results; study = Study.open(folder); Results(study)",
    "stepper_first": _STEPPER.format(before="", number="0"),
    "stepper": _STEPPER.format(before=_SECOND, number="0"),
    "stepper_middle": _STEPPER.format(before=_SECOND, number="rows // 2"),
    "stepper_end": _STEPPER.format(before=_SECOND, number="rows - 1"),
    "export": "from cgr_nb.bundle import export_package; export_package(folder, work / 'p.zip')",
    "verify": "from cgr_nb.verify import verify_package;"
    " found = verify_package(work / 'p.zip', replay=False); assert found.ok, found.problems[:3]",
}
"""Step -> what is run of it; `verify` needs what `export` has made."""
CHILD = """
import resource, sys, time
from pathlib import Path
folder, work = Path(sys.argv[1]), Path(sys.argv[2])
sys.path[:0] = [{root!r}]
from cgr_nb import Study
import pandas, cgr_nb.analysis
began = [time.process_time(), time.perf_counter()]
def tick():
    began[:] = [time.process_time(), time.perf_counter()]
{step}
import json
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps(dict(cpu_s=time.process_time() - began[0], wall_s=time.perf_counter() - began[1],
                      peak_mb=used.ru_maxrss / 1024)))
"""


def measure(
    folder: Path, work: Path, only: Sequence[str] = (), root: Path = ROOT
) -> dict[str, dict[str, float]]:
    """CPU seconds, wall seconds and peak memory of each step, imports left out of the seconds.

    Args:
        folder: The study.
        work: An empty folder for what steps write.
        only: Names of steps; none: all.
        root: The source tree that is measured.
    """
    found = {}
    for name, step in STEPS.items():
        if only and name not in only:
            continue
        code = CHILD.format(root=str(root), step=step)
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder), str(work)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        found[name] = json.loads(done.stdout.splitlines()[-1])
        one = found[name]
        print(
            f"{name:14} {one['cpu_s']:7.2f} CPU s {one['wall_s']:7.2f} s {one['peak_mb']:6.0f} MB",
            flush=True,
        )
    return found


def main() -> int:
    """Make or measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("make", "measure"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--root", type=Path, default=ROOT, help="another tree, to compare with")
    parser.add_argument("--work", type=Path, help="keep there what steps write")
    given = parser.parse_args()
    if given.what == "make":
        make(given.folder, given.items)
        return 0
    work = given.work or Path(tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)
    measure(given.folder, work, given.only, given.root)
    if given.work is None:
        shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
