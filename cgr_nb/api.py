"""`Study`: a study folder in the hand of a person or a script: run, read, sum up, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import CHANNELS
from cgr_nb.store import Store, frames
from cgr_nb.store.row_counts import row_errors
from cgr_nb.store.superseding import Redo, redos, spent_tokens
from cgr_nb.store.trails import read_answers
from cgr_nb.study import (
    Caps,
    OnText,
    Progress,
    RedoChoice,
    Redone,
    StudyConfig,
    cost_of,
    parse_duration,
    redo_study,
)
from cgr_nb.study.absent_arms import absent_arms, arm_remarks, arm_words
from cgr_nb.study.import_programs import Imported, import_programs
from cgr_nb.study.locate import locate_study, several
from cgr_nb.study.part import RunPhase
from cgr_nb.study.program_prompts import ProgramPrompt, missing_prompts
from cgr_nb.study.redo import parse_time
from cgr_nb.study.running import PartOptions, run_to_end
from cgr_nb.study.shard import Shard
from cgr_nb.util.blocking import run_blocking
from cgr_nb.util.progress import Show, progress_bar
from cgr_nb.util.python_texts import python_texts

if TYPE_CHECKING:
    import pandas as pd

    from cgr_nb.analysis.arm_comparison import ArmComparison
    from cgr_nb.analysis.arm_record import ArmRecord
    from cgr_nb.analysis.arms_alone import ArmAlone
    from cgr_nb.analysis.stats import Summary
    from cgr_nb.audit.findings import HardCodedShare
    from cgr_nb.records import Execution, Item, Verdict

__all__ = ["Study"]


class Study:
    """One study folder. Make it with `Study.run` or `Study.open`.

    Frames are read from disk at each call, so that they show a run that is still going on.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self.store = store
        self.reached: str | None = None
        """The cap that ended the run which gave this study, in words; None where none did."""
        self.run_cost: float | None = None
        """What the calls of that run cost, those on record before being free; None where no model
        has a price."""

    @classmethod
    def open(cls, folder: str | Path) -> Study:
        """Open a study folder for reading and judging.

        Raises:
            StoreError: No study there, or one that this version can't read.
        """
        return cls(Path(folder), Store.open(Path(folder)))

    @classmethod
    def run(
        cls,
        config: StudyConfig | Mapping[str, Any] | str | Path,
        folder: str | Path | None = None,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        on_text: OnText | None = None,
        progress: Show = True,
        limit: int | None = None,
        max_time: str | float | None = None,
        max_cost: float | None = None,
        shard: Shard | str | None = None,
        phase: RunPhase | None = None,
        programs: str | Path | None = None,
        scratch: str | Path | None = None,
    ) -> Study:
        """Do every missing row of a study and open it. Blocks; an event loop may be running.

        Args:
            config: A `study.toml` or its folder, a dictionary of the same shape, or a StudyConfig.
            folder: Where the study goes; by default the folder of the `study.toml`, or one named
                after the study in the current folder.
            on_progress: Called at the start and after each row, from another thread.
            on_text: Called with (model name, request, new text) as replies come, in any thread.
            progress: Show a progress bar; "lines" writes a line to stderr every half minute.
            limit: Do at most so many units (rows with their arms).
            max_time: End after so long: seconds, or a text such as "1h30m".
            max_cost: End when the calls of this run have cost so much. A run that a cap ended says
                so in `reached`, and the same call goes on from there.
            shard: Answer the units of one shard only, "NAME:K/N", in a study of its own in
                `shards/NAME-K-of-N` of the folder.
            phase: "generate": ask generators for all that arms will want of them, and answer
                nothing; "answer": ask no generator; "merge": merge the study's shards, and do what
                they left. None: all, in one piece.
            programs: For phase "answer", the folder of the study that has what generators replied;
                by default the study's own.
            scratch: Folder of this machine's disk, where a shard, or the programs of phase
                "generate", are filled in that are then brought to their place.

        Raises:
            CgrError: See `cgr_nb.study.run_study`.
            KeyboardInterrupt: Stopped by hand; every finished row is kept.
        """
        config, place = locate_study(config, folder)
        seconds = parse_duration(max_time) if isinstance(max_time, str) else max_time
        place, last = run_to_end(
            *(config, place),
            PartOptions(shard, phase, programs, scratch),
            Caps(limit, seconds, max_cost),
            on_progress=on_progress,
            on_text=on_text,
            progress=progress,
        )
        study = cls.open(place)
        if last is not None:
            study.reached, study.run_cost = last.reached, last.cost
        return study

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        counts = self.store.counts()
        return f"Study({str(self.folder)!r}, {counts.done} of {counts.expected} rows)"

    @property
    def config(self) -> StudyConfig:
        """The config as it was last run; its arms need not be installed here."""
        return StudyConfig.load(self.folder / "study.toml", check=False)

    def absent_arms(self) -> dict[str, str]:
        """Arms of the study that can't be made here -> why. Their answers are on record and are
        read, reported and exported like all others."""
        return absent_arms(self.config)

    def arm_remarks(self) -> list[str]:
        """What is to be said of them, a line each."""
        return arm_remarks(self.config)

    def arm_summaries(self) -> dict[str, str]:
        """Arm, as the study names it -> what it asks and controls for, in one line."""
        return arm_words(self.config)

    def rows(self) -> pd.DataFrame:
        """One line a row, its three channels side by side: the columns of
        `cgr_nb.store.row_view.RowView`, and `time`."""
        return frames.rows(self.store)

    def answers(self) -> pd.DataFrame:
        """One line for each row and arm, the three channels among them: see
        `cgr_nb.store.frames.row_answers`."""
        return frames.row_answers(self.store)

    def arms(self) -> pd.DataFrame:
        """As `answers`, of the arms beside the three channels."""
        found = self.answers()
        return found[~found["arm"].isin(CHANNELS)].reset_index(drop=True)

    def arm_frame(self, *, every_seed: bool = False) -> pd.DataFrame:
        """Every way to answer every row, with its cost and whether it is right: see
        `cgr_nb.analysis.arm_frame`."""
        from cgr_nb.analysis.arm_frame import arm_frame

        return arm_frame(self.rows(), read_answers(self.store).lines, every_seed=every_seed)

    def arm_record(self) -> ArmRecord:
        """What the comparison of arms rests on beside `arm_frame`: what answers had spent wherever
        they could have stopped, setups, and the primary comparisons."""
        from cgr_nb.report.reading import read_arm_record

        found = read_arm_record(self.config, self.store, read_answers(self.store).trails)
        return replace(found, steps=found.steps.astype({"answer_id": object}))

    def items(self) -> pd.DataFrame:
        """One line an item, gold included."""
        return frames.items(self.store)

    def calls(self) -> pd.DataFrame:
        """One line a model call: model, prompt, reply, tokens, duration_s (s), error, time."""
        return frames.calls(self.store)

    def scaffolds(self) -> pd.DataFrame:
        """One line a scaffold on record, those that no row uses yet among them."""
        return frames.scaffolds(self.store)

    def programs(self) -> pd.DataFrame:
        """One line a scaffold: item, generator, program source."""
        return frames.programs(self.store)

    def executions(self) -> pd.DataFrame:
        """One line a run of a program: status, detail, seconds, isolation, number of asks."""
        return frames.executions(self.store)

    def verdicts(self) -> pd.DataFrame:
        """One line a person's judgement, oldest first."""
        return frames.verdicts(self.store)

    def dependence(self) -> pd.DataFrame:
        """One line a program that was probed (see `audit`): verdict, reachable letters, probes."""
        return frames.dependence(self.store)

    def audit(self, *, progress: Show = True) -> pd.DataFrame:
        """Probe every program that has not been: does its answer depend on the solver?

        Blocks, needs no model, and goes on where it was stopped.

        Returns:
            As `dependence`.
        """
        from cgr_nb.audit.run import audit_study  # no run of a study needs this room

        with progress_bar(progress, "programs") as bar:
            isolation, tell = self.config.run.isolation, lambda now: bar(now.done, now.total)
            run_blocking(lambda: audit_study(self.folder, isolation, tell))
        return self.dependence()

    def audits(self) -> pd.DataFrame:
        """One line a program: both audits, people, and what counts (see `audit.findings`)."""
        from cgr_nb.audit.findings import audits_of

        return audits_of(self.store)

    def audit_shares(self) -> list[dict[str, Any]]:
        """What a reader should distrust: findings with programs, rows and what they are of."""
        from cgr_nb.analysis.frame import annotate
        from cgr_nb.audit.findings import audit_shares, plain_shares

        return plain_shares(audit_shares(self.audits(), annotate(self.rows())))

    def hard_coded_share(self) -> HardCodedShare:
        """How many programs and rows are hard-coded, by the combined verdict."""
        from cgr_nb.analysis.frame import annotate
        from cgr_nb.audit.findings import hard_coded_share

        return hard_coded_share(self.audits(), annotate(self.rows()))

    def extraction_failures(self) -> pd.DataFrame:
        """What could be read from the answers, and what could not: by model, channel, status and
        rule, with examples (see `cgr_nb.analysis.extraction_failures`)."""
        from cgr_nb.analysis.extraction_failures import extraction_failures

        return extraction_failures(self.rows(), self.store.reply_text, self.programs())

    def response_metadata(self) -> pd.DataFrame:
        """What replies were like: cut, empty, declined, refused, asked again; and what programs ran
        into (see `cgr_nb.analysis.response_metadata`)."""
        from cgr_nb.analysis.response_metadata import reply_marks, response_metadata

        calls = frames.call_costs(self.store, reply_marks)
        rows = frames.untimed_rows(self.store)
        others = frames.calls_of_arms(read_answers(self.store), rows["id"])
        return response_metadata(rows, calls, self.programs(), others)

    def errors(self) -> dict[str, int]:
        """Why rows could not be completed -> how many of them, most frequent first."""
        return row_errors(self.store)

    def failures(self) -> list[dict[str, Any]]:
        """What the last run could not have, because calls failed: each kind of error with an
        example (`error`), the number of `units` that wait for it, their `rows` and `items`. The
        next run asks for them again."""
        return self.store.meta("failures") or []

    def judge(self, verdict: Verdict) -> None:
        """Keep one judgement; earlier ones stay."""
        self.store.add_verdict(verdict)

    def redo(
        self,
        *,
        status: str | Sequence[str] = (),
        model: str | Sequence[str] = (),
        arm: str | Sequence[str] = (),
        dataset: str | Sequence[str] = (),
        item: str | Sequence[str] = (),
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        reason: str = "",
        dry_run: bool = False,
    ) -> Redone:
        """Take calls, and what is built on them, out of the study: the next run asks them again.

        All that is named must hold, of several values of one kind any. Nothing is asked here, and
        nothing is deleted: what is superseded stays on record and is in no number.

        Args:
            status: Of an answer that the call was made for ("none", "timeout" ...), or of the call
                itself ("error", "refused", "empty" ...): see `cgr_nb.study.redo.REDO_STATUSES`.
            model: The model that was asked.
            arm: An arm whose answers use the call; "direct", "cgr" and "generator_only" too.
            dataset: Of the item that it was made for.
            item: The item's id.
            since: Made then or later; a text is read by `cgr_nb.study.redo.parse_time`.
            until: Made before.
            reason: Why, for the report; by default what was named, in words.
            dry_run: Only count.

        Raises:
            ConfigError: Nothing is named, or something that the study does not have.
            StoreError: Another process is writing to the study.
        """
        choice = RedoChoice(
            statuses=several(status),
            models=several(model),
            arms=several(arm),
            datasets=several(dataset),
            items=several(item),
            since=parse_time(since) if isinstance(since, str) else since,
            until=parse_time(until) if isinstance(until, str) else until,
        )
        return redo_study(self.folder, choice, reason=reason, dry_run=dry_run)

    def prompts(self) -> list[ProgramPrompt]:
        """The prompts for programs without a reply yet, for `cgr_nb.study.write_prompts`."""
        return missing_prompts(self.config, self.folder)

    def import_programs(
        self, *paths: str | Path, generator: str | None = None, writer: str | None = None
    ) -> Imported:
        """Take programs that were written elsewhere: see `cgr_nb.study.import_programs`."""
        return import_programs(self.config, self.folder, paths, generator=generator, writer=writer)

    def redos(self) -> list[Redo]:
        """What was taken out by `redo`, oldest first."""
        return redos(self.store)

    def cost(self) -> float | None:
        """What the calls of the study cost, at the prices of its last run; None when no model has
        a price. Superseded calls were paid for too, and are not in it."""
        return cost_of(self.store.models(), spent_tokens(self.store))

    @property
    def has_tiny_models(self) -> bool:
        """Whether a bundled tiny model took part."""
        return any(card.is_bundled_tiny for card in self.store.models())

    def item(self, item_id: str) -> Item | None:
        """One item by id."""
        return self.store.item(item_id)

    def execution(self, execution_id: str) -> Execution | None:
        """One run by id, with its asks, output and trace."""
        return self.store.execution(execution_id)

    @python_texts()
    def summary(self, *, resamples: int = 10_000, seed: int = 0) -> Summary:
        """The numbers of the study (see `cgr_nb.stats.summarise`)."""
        from cgr_nb.explore.whole_summary import whole_summary

        return whole_summary(self.config, self.store, resamples=resamples, seed=seed)

    def arms_alone(self, *, resamples: int = 10_000, seed: int = 0) -> tuple[ArmAlone, ...]:
        """What each arm scores in a study without a generator (see `analysis.arms_alone`)."""
        from cgr_nb.analysis.arms_alone import arms_alone
        from cgr_nb.analysis.frame import annotate
        from cgr_nb.explore.counted_rows import counted_rows

        if self.config.models.generators:
            return ()
        arms = self.arm_frame() if self.store.has_arms() else None
        return arms_alone(annotate(counted_rows(self.store)), arms, resamples=resamples, seed=seed)

    def comparison(self, *, resamples: int = 10_000, seed: int = 0) -> ArmComparison | None:
        """All arms on the same rows (see `cgr_nb.analysis.arm_comparison`); None where the study
        has no arms beside the channels."""
        return self.summary(resamples=resamples, seed=seed).comparison

    @python_texts()
    def report(self, path: str | Path | None = None) -> Path:
        """Write the report, one self-contained HTML file; by default `report/index.html`."""
        from cgr_nb.report import write_report
        from cgr_nb.report.reading import read_tables

        target = Path(path) if path is not None else self.folder / "report" / "index.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        return write_report(read_tables(self.folder, self.store), target)
