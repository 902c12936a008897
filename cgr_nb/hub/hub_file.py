"""The name of a file on a Hugging Face hub: `hf:OWNER/NAME/PATH`, `hf:OWNER/NAME@REVISION/PATH`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cgr_nb.hub.located import DownloadError
from cgr_nb.hub.split_files import split_names

__all__ = ["HubFile"]

_NAME = re.compile(
    r"hf:(?P<datasets>datasets/)?(?P<repository>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[^/\s]+))?"
    r"/(?P<path>[^@\s][^\s]*)"
)


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of one repository."""

    repository: str
    """OWNER/NAME."""
    path: str
    """Inside the repository."""
    kind: Literal["model", "dataset"] = "model"
    revision: str | None = None
    """Commit, tag or branch; None is the newest."""

    @classmethod
    def parse(cls, text: str) -> HubFile:
        """Read the `hf:` form.

        Raises:
            DownloadError: It is not of that form.
        """
        found = _NAME.fullmatch(text)
        if found is None or ".." in found["path"].split("/"):
            raise DownloadError(
                "not the name of a file on a hub",
                got=repr(text),
                fix="write hf:OWNER/NAME/FILE, or hf:datasets/OWNER/NAME/FILE",
            )
        kind: Literal["model", "dataset"] = "dataset" if found["datasets"] else "model"
        return cls(found["repository"], found["path"], kind, found["revision"])

    def at(self, revision: str | None) -> HubFile:
        """The same file at another revision."""
        return HubFile(self.repository, self.path, self.kind, revision)

    def named(self, name: str) -> HubFile:
        """The file of this name in the same folder."""
        folder, slash, _ = self.path.rpartition("/")
        return HubFile(self.repository, f"{folder}{slash}{name}", self.kind, self.revision)

    @property
    def part_names(self) -> tuple[str, ...]:
        """Its name; of a part of split weights, the names of all.

        Raises:
            ModelError: It has the number of a part that can't be.
        """
        return split_names(self.name)

    @property
    def name(self) -> str:
        """The file's name without its folders."""
        return self.path.rpartition("/")[2]

    @property
    def page(self) -> str:
        """Where a person can read the repository's terms."""
        prefix = "datasets/" if self.kind == "dataset" else ""
        return f"https://huggingface.co/{prefix}{self.repository}"

    def __str__(self) -> str:
        prefix = "datasets/" if self.kind == "dataset" else ""
        at = f"@{self.revision}" if self.revision else ""
        return f"hf:{prefix}{self.repository}{at}/{self.path}"
