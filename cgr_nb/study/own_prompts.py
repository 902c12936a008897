"""A study's own templates: edited wordings as new version files, never an old one rewritten.

They lie in `prompts/<profile>/<name>@<version>.txt` of the study's folder; what a pick uses is
copied into the pick, so that a later wording can't change what was run.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cgr_nb.errors import PromptError
from cgr_nb.prompts import load_template
from cgr_nb.prompts.template import BUNDLED
from cgr_nb.records import Item
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.subset import Choice, SubsetStudy, make_subset

__all__ = ["OwnPrompts", "own_subset"]


class OwnPrompts:
    """Reads and adds to the templates of a study.

    Args:
        folder: The study's folder.
        configured: The folder that the study's config names, if it names one: looked at before the
            bundled ones.
    """

    def __init__(self, folder: Path, configured: Path | None) -> None:
        self.study_folder = folder
        self.folder = folder / "prompts"
        self._configured = configured

    def text(self, profile: str, name: str, version: int | None = None) -> str:
        """The text of a template as it stands in its file: one of the study's own by its version,
        else what a run would use without.

        Raises:
            PromptError: There is none.
        """
        return self._path(profile, name, version).read_text("utf-8")

    def save(self, profile: str, name: str, text: str) -> int:
        """Write a wording as a new version, and give the version back; a wording that is there
        already keeps its version.

        Raises:
            PromptError: The template is malformed; nothing is written then.
        """
        known = self.versions(profile, name)
        for version in reversed(known):
            if self.text(profile, name, version) == text:
                return version
        shipped = load_template(name, profile, folder=self._configured).version
        version = max([shipped, *known]) + 1
        path = self.folder / profile / f"{name}@{version}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        # Exclusive: a version that appeared meanwhile is somebody's, too.
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        try:
            load_template(name, profile, version, self.folder)
        except PromptError:
            path.unlink()
            raise
        return version

    def versions(self, profile: str, name: str) -> list[int]:
        """Versions of the study's own wordings, ascending."""
        found = (self.folder / profile).glob(f"{name}@*.txt")
        stems = (path.stem.rpartition("@")[2] for path in found)
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    def texts(self, used: Mapping[str, int]) -> dict[str, str]:
        """ "profile/name@version" -> text, of the wordings that a subset uses.

        Args:
            used: "profile/name" -> version.

        Raises:
            PromptError: One of them is gone.
        """
        found = {}
        for key, version in used.items():
            profile, name = key.split("/")
            found[f"{key}@{version}"] = self.text(profile, name, version)
        return found

    def copy(self, used: Mapping[str, int], target: Path) -> None:
        """Put what a pick uses into its own folder, beside what the study's config names.

        Args:
            used: "profile/name" -> version.
            target: The pick's prompts folder.
        """
        if self._configured is not None and self._configured.is_dir():
            shutil.copytree(self._configured, target, dirs_exist_ok=True)
        for key, version in used.items():
            profile, name = key.split("/")
            place = target / profile
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._path(profile, name, version), place / f"{name}@{version}.txt")

    def _path(self, profile: str, name: str, version: int | None) -> Path:
        if version is not None:
            path = self.folder / profile / f"{name}@{version}.txt"
            if path.is_file():
                return path
        newest = load_template(name, profile, version, self._configured).version
        for root in (self._configured, BUNDLED):
            path = Path(root or BUNDLED) / profile / f"{name}@{newest}.txt"
            if path.is_file():
                return path
        raise PromptError("the template is gone", where=f"{profile}/{name}@{newest}")


def own_subset(
    config: StudyConfig,
    prompts: OwnPrompts,
    items: Sequence[Item],
    choice: Choice,
    used: Mapping[str, int],
) -> SubsetStudy:
    """Describe a subset that is run with wordings of the study's own; nothing is written.

    Args:
        config: The study's.
        prompts: Its wordings.
        items: What to run.
        choice: With what, but for prompts.
        used: "profile/name" -> version of each wording.

    Raises:
        ConfigError: No items, solvers or generators are chosen.
        PromptError: A wording is gone.
    """
    wordings = dict(used)
    return make_subset(
        config,
        prompts.study_folder,
        items,
        replace(choice, prompts=prompts.texts(wordings)),
        lambda target: prompts.copy(wordings, target),
    )
