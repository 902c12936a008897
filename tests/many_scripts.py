"""Several scripts, each in a fork of one process that has loaded what most of them need.

Run as a script it reads a list of {"path", "words"} as JSON and prints a list of {"code", "out"},
`out` with what was said on stderr. A process for each of them would spend most of its time on
imports.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile
import traceback
from pathlib import Path


def main() -> None:
    """Run the scripts, tell what they said."""
    import pandas  # noqa: F401

    import cgr_nb.analysis  # noqa: F401

    print(json.dumps([_run(one["path"], one["words"]) for one in json.load(sys.stdin)]))


def _run(path: str, words: list[str]) -> dict[str, object]:
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if not child:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os._exit(_outcome(path, words))
        _, status = os.waitpid(child, 0)
        said.seek(0)
        return {"code": os.waitstatus_to_exitcode(status), "out": said.read().decode("utf-8")}


def _outcome(path: str, words: list[str]) -> int:
    """Run it as Python does: with its own folder first among those of modules."""
    sys.argv = [path, *words]
    sys.path[0] = str(Path(path).parent)
    code: object = 0
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    main()
