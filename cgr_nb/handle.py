"""`Study`: a study folder in the hand of a person or a script: run it, read it, sum it up, report
it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cgr_nb import __version__
from cgr_nb.auditing import audit_study
from cgr_nb.blocking import run_blocking
from cgr_nb.paper.absent import Absent, read_absent
from cgr_nb.progress import progress_bar
from cgr_nb.store import Store, frames
from cgr_nb.study import CONFIG_NAME, OnText, Progress, StudyConfig, run_study, write_scaffolds
from cgr_nb.study.arms import arm_summaries

if TYPE_CHECKING:
    import pandas as pd

    from cgr_nb.analysis.stats import Summary
    from cgr_nb.records import Execution, Item, Verdict
    from cgr_nb.report import StudyTables

__all__ = ["Study"]

TINY_FAMILY = "cgr-tiny"
"""Family of the bundled models, in the registry."""


class Study:
    """One study folder. Make it with `Study.run` or `Study.open`.

    Frames are read from disk at each call, so that they show a run that is still going on.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self.store = store

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
        progress: bool = True,
    ) -> Study:
        """Do every missing row of a study and open it. Blocks; works inside a running event loop
        too.

        Args:
            config: A `study.toml` or its folder, a dictionary of the same shape, or a StudyConfig.
            folder: Where the study goes; by default the folder of the `study.toml`, or one named
            after the
                study in the current folder.
            on_progress: Called at the start and after each row, from another thread.
            on_text: Called with (model name, request, new text) while replies are decoded, from
            any thread.
            progress: Show a progress bar.

        Raises:
            CgrError: See `cgr_nb.study.run_study`.
            KeyboardInterrupt: Stopped by hand; every finished row is kept, and the same call goes
            on.
        """
        config, place = _located(config, folder)
        with progress_bar(progress, "rows") as bar:

            def tell(now: Progress) -> None:
                bar(now.done, now.total, now.words)
                if on_progress is not None:
                    on_progress(now)

            run_blocking(lambda: run_study(config, place, tell, on_text))
        return cls.open(place)

    @classmethod
    def write_scaffolds(
        cls,
        config: StudyConfig | Mapping[str, Any] | str | Path,
        folder: str | Path | None = None,
        *,
        progress: bool = True,
    ) -> Study:
        """Have the generator write all scaffolds of a study, to look at them before they run.

        The arguments and errors are those of `run`, which goes on from here.
        """
        config, place = _located(config, folder)
        with progress_bar(progress, "scaffolds") as bar:
            run_blocking(
                lambda: write_scaffolds(
                    config, place, lambda now: bar(now.done, now.total, now.words)
                )
            )
        return cls.open(place)

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        counts = self.store.counts()
        return f"Study({str(self.folder)!r}, {counts.done} of {counts.wanted} rows)"

    @property
    def config(self) -> StudyConfig:
        """The config as it was last run."""
        return StudyConfig.load(self.folder / "study.toml")

    def rows(self) -> pd.DataFrame:
        """One line a row: the columns of `cgr_nb.records.Row`."""
        return frames.rows(self.store)

    def arms(self) -> pd.DataFrame:
        """One line an answer of an arm: the columns of `cgr_nb.records.ArmAnswer`."""
        return frames.arms(self.store)

    def arm_frame(self) -> pd.DataFrame:
        """Every way to answer every row, direct and assisted among them: see
        `cgr_nb.analysis.arm_frame`."""
        from cgr_nb.analysis.arm_frame import arm_frame

        return arm_frame(self.rows(), self.arms(), self.programs(), frames.call_costs(self.store))

    def items(self) -> pd.DataFrame:
        """One line an item, gold included."""
        return frames.items(self.store)

    def calls(self) -> pd.DataFrame:
        """One line a model call: model, prompt, reply, tokens, duration_s (seconds), error."""
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

    def audit(self, *, progress: bool = True) -> pd.DataFrame:
        """Probe every program that has not been: does its answer depend on the solver?

        Blocks, needs no model, and goes on where it was stopped.

        Returns:
            As `dependence`.
        """
        with progress_bar(progress, "programs") as bar:
            run_blocking(
                lambda: audit_study(
                    self.folder,
                    self.config.run.isolation,
                    lambda now: bar(now.done, now.total),
                )
            )
        return self.dependence()

    def audit_shares(self) -> list[dict[str, Any]]:
        """What a reader should distrust: each finding with its programs and rows, JSON-ready."""
        from cgr_nb.analysis.audit import audit_programs, audit_shares
        from cgr_nb.analysis.frame import annotate

        dependence = self.dependence()
        audits = audit_programs(self.programs(), None if dependence.empty else dependence)
        shares = audit_shares(audits, annotate(self.rows()))
        whole = shares.astype({"programs": "Int64"}).astype(object)
        found = whole.where(whole.notna(), None).to_dict("records")
        return [{str(name): value for name, value in line.items()} for line in found]

    def extraction_failures(self) -> pd.DataFrame:
        """What could be read from the answers, and what could not: by model, channel, status and
        rule, with examples (see `cgr_nb.analysis.extraction_failures`)."""
        from cgr_nb.analysis.extraction_failures import extraction_failures

        calls = frames.call_costs(self.store)
        return extraction_failures(self.rows(), calls, self.programs())

    def response_metadata(self) -> pd.DataFrame:
        """What replies were like: cut, empty, declined, refused, asked again; and what programs ran
        into (see `cgr_nb.analysis.response_metadata`)."""
        from cgr_nb.analysis.response_metadata import response_metadata

        calls = frames.call_costs(self.store)
        return response_metadata(self.rows(), calls, self.programs(), self.arms())

    def errors(self) -> dict[str, int]:
        """Why rows could not be completed -> how many of them, most frequent first."""
        counts = self.rows()["error"].dropna().value_counts()
        return {str(error): int(rows) for error, rows in counts.items()}

    def judge(self, verdict: Verdict) -> None:
        """Keep one judgement; earlier ones stay."""
        self.store.add_verdict(verdict)

    def item(self, item_id: str) -> Item | None:
        """One item by id."""
        return self.store.item(item_id)

    def execution(self, execution_id: str) -> Execution | None:
        """One run by id, with its asks, output and trace."""
        return self.store.execution(execution_id)

    def summary(self, *, resamples: int = 10_000, seed: int = 0) -> Summary:
        """The numbers of the study (see `cgr_nb.stats.summarise`)."""
        from cgr_nb.analysis.stats import summarise

        arms = self.arm_frame() if self.store.has_arms() else None
        return summarise(self.rows(), arms=arms, resamples=resamples, seed=seed)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report, one HTML file that needs nothing else; by default
        `report/index.html`."""
        from cgr_nb.report import write_report

        target = Path(path) if path is not None else self.folder / "report" / "index.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        return write_report(self._tables(), target)

    def _tables(self) -> StudyTables:
        from cgr_nb.report import StudyTables

        models = self.store.models()
        verdicts, dependence = self.verdicts(), self.dependence()
        return StudyTables(
            title=self.config.name,
            rows=self.rows(),
            calls=frames.call_costs(self.store),
            executions=self.executions(),
            programs=self.programs(),
            models=models,
            tiny_models=any(card.family == TINY_FAMILY for card in models),
            provenance=self._provenance(),
            dependence=None if dependence.empty else dependence,
            arms=self.arm_frame() if self.store.has_arms() else None,
            arm_words=arm_summaries(),
            prompts=self.store.prompts(),
            failures=self.extraction_failures(),
            metadata=self.response_metadata(),
            absent=[_absence(absent) for absent in read_absent(self.folder)],
            item_remarks=self.store.meta("item remarks") or [],
            verdicts=None if verdicts.empty else verdicts,
        )

    def _provenance(self) -> dict[str, object]:
        """How the study was made, as a reader would ask it."""
        config = self.config
        return {
            "cgr-nb": __version__,
            "last run": self.store.meta("run") or "not on record",
            "seed": config.seed,
            "item files": {
                source["source"]: _item_file(source) for source in self.store.meta("items") or []
            },
            "items of each dataset": config.items.per_dataset or "all",
            "direct decoding": asdict(config.direct),
            "generator decoding": asdict(config.generator),
            "ask decoding": asdict(config.ask),
            "re-asks": config.reask,
            "limits": asdict(config.limits),
            "prompts": {
                f"{prompt['profile']}/{prompt['name']}@{prompt['version']}": prompt["hash"]
                for prompt in self.store.prompts()
            },
        }


def _absence(absent: Absent) -> str:
    text = f"{absent.kind} {absent.name}: {absent.why}"
    return f"{text} To get it: {absent.get}" if absent.get else text


def _item_file(source: Mapping[str, Any]) -> str:
    text = f"{source['accepted']} of {source['rows']} rows, as {source['adapter']}"
    if source["options_made"]:
        # An item whose wrong answers were made up here is not the benchmark's own question.
        text += f"; options of {source['options_made']} made here around a numeric answer"
    return f"{text}; SHA-256 {source['sha256']}" if source["sha256"] else text


def _located(
    config: StudyConfig | Mapping[str, Any] | str | Path, folder: str | Path | None
) -> tuple[StudyConfig, Path]:
    """The config, and the folder where its study goes."""
    if isinstance(config, (str, Path)):
        path = Path(config)
        if path.is_dir():
            path /= CONFIG_NAME
        config = StudyConfig.load(path)
        folder = folder if folder is not None else path.parent
    elif not isinstance(config, StudyConfig):
        config = StudyConfig.from_dict(config)
    return config, Path(folder) if folder is not None else Path(config.name)
