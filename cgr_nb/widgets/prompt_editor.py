"""The workbench's prompts under edit: another wording is looked at, tried, and used in runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cgr_nb.errors import CgrError
from cgr_nb.explore.known_models import KnownModels
from cgr_nb.explore.trial import PromptTrial, rendered
from cgr_nb.records import Message
from cgr_nb.study import StudyConfig
from cgr_nb.study.own_prompts import OwnPrompts
from cgr_nb.widgets.text import clip
from cgr_nb.widgets.trials import Trials

if TYPE_CHECKING:
    from cgr_nb.widgets.workbench import Workbench

__all__ = ["PromptEditor"]

PREVIEW_CHARS = 20_000
"""Most characters of a turn that a page is sent; the rest is counted."""


class PromptEditor:
    """Edits a template in a panel, whose traits `prompt_name` and `prompt` a page changes too.

    Args:
        panel: Where it is edited.
        config: The study's.
        known: The models that can be asked.
        own: The study's own wordings.
        trials: What runs a trial.
    """

    def __init__(
        self,
        panel: Workbench,
        config: StudyConfig,
        known: KnownModels,
        own: OwnPrompts,
        trials: Trials,
    ) -> None:
        self._panel, self._config, self._known = panel, config, known
        self._own, self._trials = own, trials

    def reset(self) -> None:
        """Put back the text that runs use now."""
        profile, name = self._profile(), self._panel.prompt_name
        version = self._panel.prompts_used.get(f"{profile}/{name}")
        text = self._own.text(profile, name, version)
        self._panel.show(profile=profile, prompt=text)

    def follow_models(self) -> None:
        """Another choice of models keeps what is being edited, unless it needs another template."""
        if self._profile() != self._panel.profile:
            self.reset()

    def use(self) -> int:
        """Keep the edited text as a new version of the study's own, and run with it from now on.

        Returns:
            The version.

        Raises:
            PromptError: The template is malformed.
        """
        panel = self._panel
        version = self._own.save(panel.profile, panel.prompt_name, panel.prompt)
        panel.prompts_used = {
            **panel.prompts_used,
            f"{panel.profile}/{panel.prompt_name}": version,
        }
        return version

    def drop(self, key: str) -> None:
        """Run without a wording of one's own again, such as "tiny/direct"; its file stays."""
        used = self._panel.prompts_used
        self._panel.prompts_used = {name: version for name, version in used.items() if name != key}
        self.reset()

    def follow_text(self) -> None:
        """Show what the edited text makes of the open item, while it is edited: a template that is
        not whole yet says what it lacks in the place of its preview."""
        panel = self._panel
        try:
            messages = self.preview() if panel.item and panel.prompt else []
        except CgrError as error:
            # Not where: that is a file made for the look.
            words = f"{error.what}: {error.got}" if error.got else error.what
            panel.show(preview=[], preview_error="; ".join(filter(None, (words, error.fix))))
        else:
            panel.show(preview=messages, preview_error="")

    def preview(self) -> list[list[Any]]:
        """Show the messages that the edited template makes for the open item.

        Raises:
            CgrError: No item is open, or the template is malformed.
        """
        panel = self._panel
        item = panel.open_record()
        self._show(rendered(panel.prompt, panel.prompt_name, panel.profile, item))
        return panel.preview

    def try_it(self, solver: str | None = None) -> None:
        """Put the edited prompt to one solver, in the background; the reply appears as it is
        written.

        Raises:
            CgrError: No item is open, no solver is chosen, or something is running.
        """
        panel = self._panel
        item, card = panel.open_record(), self._known.first(panel.solvers, solver)
        trial = PromptTrial.of(self._config, card, item, panel.prompt_name, panel.prompt)
        self._trials.prompt(trial)
        self._show(trial.messages)

    def _show(self, messages: Iterable[Message]) -> None:
        shown = [[message.role, clip(message.content, PREVIEW_CHARS)] for message in messages]
        self._panel.show(preview=shown, preview_error="")

    def _profile(self) -> str:
        panel = self._panel
        return self._known.profile(panel.prompt_name, panel.solvers, panel.generators)
