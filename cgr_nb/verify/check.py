"""Checks a package against itself, with no model: hashes, ids, rows, arms, audits, numbers,
replays.

Rows, answers of arms and audits are made anew by the code that made them in the study, with the
record in the place of models and store; nothing of it is written a second time here.

What it finds. Any changed byte of an archive or of a file that the manifest names. Where the
manifest was made anew for the changed files: whatever then contradicts the rest, named by file and
id: a letter, status, token count or error of a row or of an arm's answer; a row or answer added or
taken away; a verdict or probe of an audit that the others do not lead to; an item, gold, program,
prompt, scaffold, message or sampling changed (their hashes are ids, and ids are in other ids); an
outcome, ask or step of a run that the program does not have when it is run again; a number of the
report.

What it can't find. The package is evidence, not proof of where it came from: all ids are plain
hashes, so a patient forger can

- invent replies (or token counts, error texts) of models and recompute everything that follows;
- leave out whole items, solvers, rows, arms or audits with all that belongs to them and call the
  study incomplete or smaller (what is missing from the product of items, solvers, generators and
  arms, or has no audit, is a note);
- claim another Python, so that words of errors and steps that differ are notes and no problems;
- change what a program did under a probe, and all that follows from it, unless `reprobe` is asked;
- move an item to another `config`, in item and rows alike: the item's id does not cover it;
- claim that a run was killed or ran into time, CPU or memory limits (with clock readings to
  match), which another machine need not repeat: a note;
- write a program into a generator's reply whose outcome differs from run to run: a note too;
- change origins, families and licences, in `sources.jsonl` or `models.jsonl` and `summary.json`
  alike;
- change what nothing rests on: durations, `prompt_text`, the isolation that runs are said to have
  had, `meta` of items, verdicts, what was superseded and asked again, the study's name.

Asking the named weights again is the check for the first; a hash of the whole package that was
published in time is the check for all of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from cgr_nb.bundle.archive import PackageError
from cgr_nb.bundle.identity import check_all_but_runs
from cgr_nb.bundle.manifest import MANIFEST
from cgr_nb.bundle.run_checks import RunChecks
from cgr_nb.bundle.verification import Findings, Verification
from cgr_nb.sandbox import Level
from cgr_nb.util.blocking import run_blocking
from cgr_nb.util.collecting import seldom_collected
from cgr_nb.util.file_memo import files_at_rest
from cgr_nb.util.freed_memory import give_back
from cgr_nb.verify.audits import check_audits, probe_again
from cgr_nb.verify.numbers import check_numbers
from cgr_nb.verify.pythons import Pythons
from cgr_nb.verify.read import Form, Unreadable, read_form
from cgr_nb.verify.recompute import check_answers
from cgr_nb.verify.replaying import replay_all

__all__ = ["verify_package"]

_LOGGER = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]


def verify_package(
    path: str | Path,
    on_progress: Progress | None = None,
    replay: bool = True,
    isolation: Level = "strict",
    reprobe: bool = False,
    processes: int | None = None,
) -> Verification:
    """Check a package (see the module for what that does and does not show).

    Args:
        path: The zip file or folder.
        on_progress: Called with what is being checked, how much is done and how much there is.
        replay: Run every program again. The package's programs are untrusted code: they run in
            the sandbox and nowhere else.
        isolation: Weakest sandbox level to accept; what the package says of it is not asked.
        reprobe: Run every probe of the behavioural audits again too: tens of runs a program.
        processes: Processes that answer what programs ask while they are replayed; None: as many as
            the cores of this machine have use for. What is found does not depend on it.

    Returns:
        What was found. A hostile, damaged or contradictory package is a result, not an error.

    Raises:
        PackageError: There is no package at the path.
        IsolationError: This machine can't give the isolation; verify without `replay` and
            `reprobe` then.
    """
    tell = on_progress or (lambda name, done, total: None)
    path = Path(path)
    if not path.exists():
        raise PackageError("no package here", where=str(path), fix="check the path")
    findings = Findings()
    with (
        suppress(Unreadable),
        TemporaryDirectory(prefix="cgr-nb-verify-") as scratch,
        seldom_collected(),
    ):
        tell("archive", 0, 1)
        form = read_form(path, findings, Path(scratch))
        tell("ids", 0, 1)
        with files_at_rest():
            runs = check_all_but_runs(form.contents, findings)
        work = _Work(form, findings, runs, tell, isolation, processes)
        run_blocking(lambda: work.check(replay=replay, reprobe=reprobe))
    _LOGGER.info(
        "%s: %d things do not fit; %s", path, len(findings.problems), dict(findings.checked)
    )
    return findings.verification()


class _Work:
    """The checks that run the study's own code, which is async, and those that rest on them."""

    def __init__(
        self,
        form: Form,
        findings: Findings,
        runs: RunChecks,
        tell: Progress,
        isolation: Level,
        processes: int | None,
    ) -> None:
        self._processes = processes
        self._form, self._contents = form, form.contents
        self._findings, self._runs = findings, runs
        self._tell, self._isolation = tell, isolation
        self._pythons = Pythons.of(form.manifest.python)

    async def check(self, *, replay: bool, reprobe: bool) -> None:
        """Rows, answers of arms, audits and numbers from the record; then, where wanted, runs."""
        with files_at_rest():
            await self._check(replay=replay, reprobe=reprobe)

    async def _check(self, *, replay: bool, reprobe: bool) -> None:
        contents, findings = self._contents, self._findings
        complete = self._form.manifest.complete
        # Numbers first, though they are told last: their tables and what rows leave behind are not
        # in memory together.
        self._tell("numbers", 0, 1)
        of_numbers = Findings()
        give_back()
        check_numbers(contents, self._form.summary, of_numbers)
        give_back()
        telling = self._telling("rows")
        remade = await check_answers(
            contents, complete, findings, self._runs, telling, again=replay
        )
        self._tell("audits", 0, 1)
        await check_audits(contents, findings)
        findings.add(of_numbers)
        if (replay or reprobe) and not self._pythons.same:
            findings.note(MANIFEST, f"{self._pythons}: a program may do otherwise in another")
        if replay:
            await replay_all(
                contents,
                remade,
                findings,
                pythons=self._pythons,
                isolation=self._isolation,
                on_done=self._telling("replays"),
                hosts=self._processes,
            )
        if reprobe:
            await probe_again(
                contents,
                findings,
                pythons=self._pythons,
                isolation=self._isolation,
                on_done=self._telling("probes"),
            )

    def _telling(self, stage: str) -> Callable[[int, int], None]:
        return lambda done, total: self._tell(stage, done, total)
