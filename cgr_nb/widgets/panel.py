"""What all panels share: commands from the page, errors shown where the work is, views that outlive
the kernel.

A panel's state is its synced traits. The page changes some of them directly (a position, a search
text) and asks for everything else by sending `{"do": name, "with": arguments}`, where name is one
of the panel's `commands`: public methods that work as well without a page. Two names are every
page's own: "hello", answered with a sign of life, and "editor", answered with CodeMirror.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import ipywidgets
import traitlets

from cgr_nb.errors import CgrError
from cgr_nb.widgets.assets import editor_script
from cgr_nb.widgets.attended import is_attended
from cgr_nb.widgets.page import embedded, offline_page, promised
from cgr_nb.widgets.replies import Replies
from cgr_nb.words import VIEWER_WORDS

__all__ = ["REPLY_COMMANDS", "Panel", "error_text"]

REPLY_COMMANDS = ("show_reply", "search_replies", "close_reply")
"""Commands that every panel has."""
UP_WITHIN_S = 10.0
"""How long a saved view that comes later waits for a page to be up: some hosts have none."""


def error_text(error: Exception) -> str:
    """An error as a page shows it."""
    if isinstance(error, CgrError):
        return str(error)
    return f"unexpected {type(error).__name__}: {error}; please report this"


class Panel(anywidget.AnyWidget):
    """Base of all panels."""

    commands: ClassVar[tuple[str, ...]] = ()
    """Methods that the page may call."""
    reading: ClassVar[tuple[str, ...]] = REPLY_COMMANDS
    """Those of `commands` that only read: what a page is answered that has no kernel behind it."""
    looks: ClassVar[tuple[str, ...]] = ()
    """Traits that a page sets to see something else."""
    frame_height: ClassVar[int] = 640
    """Height in pixels of the saved view in a notebook."""
    saves_later: ClassVar[bool] = False
    """Whether the saved view takes so long to make that a person's cell ends without it: a line of
    text stands in its place until the page is up and the view made."""
    saved_room: int = 1
    """How many times as much of replies a saved page holds as one that must fit in a notebook."""

    error = traitlets.Unicode("").tag(sync=True)
    """What went wrong last, in words with the fix; empty when nothing did."""
    saved_as = traitlets.Unicode("").tag(sync=True)
    """Key under which the saved view of this panel stands in the notebook."""

    reply = traitlets.Dict().tag(sync=True)
    """The answer whose calls are shown, as `replies_view` makes it; empty when none is."""
    found = traitlets.Dict().tag(sync=True)
    """A page of a search over replies; empty before one."""

    def __init__(self, replies: Replies, **traits: Any) -> None:  # noqa: ANN401 - see traitlets
        self._replies = replies
        super().__init__(**traits)
        self._kept: Any = None
        self._page_came = threading.Event()
        self.saved_as = self.model_id
        self.on_msg(lambda _widget, content, _buffers: self.handle(content))

    def handle(self, message: dict[str, Any]) -> None:
        """Do what the page asks for; names that are no command are refused."""
        name = message.get("do")
        if name == "hello":
            self.send({"alive": True})
            self._page_came.set()
            self.page_is_up()
            return
        if name == "editor":
            self.send({"editor": editor_script()})
            return
        if name not in self.commands:
            self.error = f"the page asked for {name!r}, which is not a command of this panel"
            return
        self.attempt(lambda: getattr(self, name)(**message.get("with", {})))

    def attempt(self, work: Callable[[], object]) -> None:
        """Do something and show an error in the panel instead of losing it in the kernel's log."""
        self.error = ""
        try:
            work()
        except Exception as error:  # the last stop before the page: anything else would vanish
            self.error = error_text(error)

    def show(self, **traits: Any) -> None:  # noqa: ANN401 - traits are checked by traitlets
        """Change what the page shows, all at once; from any thread."""
        with self.hold_sync():
            for name, value in traits.items():
                setattr(self, name, value)

    def look(self) -> None:
        """Make what the panel shows, where that is left until it is on its way to the page."""

    def page_is_up(self) -> None:
        """Called when a page has drawn the panel: work that need not hold it up begins here."""

    def show_reply(self, row: str, arm: str = "direct") -> dict[str, Any]:
        """Show what models were asked and said behind one answer of a row.

        Args:
            row: The row's id.
            arm: "direct", "cgr" (assisted), "generator_only", or another arm of the study.

        Raises:
            CgrError: There is no such answer.
        """
        self.reply = self._replies.of(row, arm)
        return self.reply

    def search_replies(
        self, text: str, pattern: bool = False, after: str = ""
    ) -> list[dict[str, Any]]:
        """Show the replies of the study that hold a text, a page at a time.

        Args:
            text: The text, whatever its case; or a pattern for whole replies.
            pattern: "*", "?" and "[AB]" have their meaning in `text`, and case counts.
            after: Id of the last call of the page before.

        Raises:
            CgrError: There is nothing to look for, or too much.
        """
        self.found = self._replies.search(text, pattern=pattern, after=after)
        hits: list[dict[str, Any]] = self.found["hits"]
        return hits

    def close_reply(self) -> None:
        """Put the calls, and what was found, away."""
        self.reply, self.found = {}, {}

    def dismiss(self) -> None:
        """Take the shown error away."""
        self.error = ""

    def keep(self) -> None:
        """Put the panel as it is now into the notebook, in the place of the view saved there.

        The saved view is otherwise that of the moment in which the panel was shown.
        """
        if self._kept is not None:
            self._kept.update(self._saved_bundle(), raw=True)

    def summary_line(self) -> str:
        """The panel in one line of text, for places that can't draw it."""
        return type(self).__name__

    def shown_state(self) -> dict[str, Any]:
        """What a page starts from whose commands are answered: the panel's own synced traits."""
        common = set(ipywidgets.DOMWidget.class_trait_names()) | {"saved_as", "error"}
        names = [name for name in self.keys if name not in common and not name.startswith("_")]
        return {name: getattr(self, name) for name in names}

    def saved_state(self) -> dict[str, Any]:
        """What a saved page keeps, whose commands nobody answers."""
        return self.shown_state()

    def to_html(self) -> str:
        """The panel as one HTML document that needs nothing else."""
        return self._page(self.saved_state())

    def to_answered_html(self, address: str) -> str:
        """The panel as an HTML document whose commands are sent to an address of the page's server
        (see `viewer.panels`)."""
        viewer = {"address": address, "panel": self.model_id, "looks": list(self.looks)}
        words = {"stopped": VIEWER_WORDS["stopped"]}
        return self._page({**self.shown_state(), "viewer": {**viewer, **words}})

    def save_html(self, path: str | Path) -> Path:
        """Write `to_html` to a file.

        Raises:
            CgrError: The file can't be written.
        """
        target = Path(path)
        try:
            target.write_text(self.to_html(), "utf-8", newline="\n")
        except OSError as error:
            raise CgrError(
                "the page can't be written", where=str(target), got=str(error), fix="check the path"
            ) from error
        return target

    def _page(self, state: dict[str, Any]) -> str:
        return offline_page(
            f"{type(self).__name__} · cgr-nb", str(self._esm), str(self._css), state
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401
        data, metadata = self._live_view()
        return {**data, **self._saved_bundle()}, metadata

    def _ipython_display_(self, **kwargs: Any) -> None:  # noqa: ANN401
        """Show the live view, and beside it, as an output of its own, the saved view.

        One output with both would lose the saved view wherever the widget's output is preferred but
        can't be drawn: a reopened notebook, and nbconvert after papermill. The live view hides the
        saved one.
        """
        from IPython.display import display

        live, metadata = self._live_view()
        show: Callable[..., Any] = display
        show({**live, "text/plain": "", "text/html": ""}, metadata=metadata, raw=True)
        self.look()
        # Only now: a large study takes a moment to save, and nobody should wait for that.
        if self.saves_later and is_attended():
            self._kept = show(self._promised_bundle(), raw=True, display_id=True)
            threading.Thread(target=self._keep_later, daemon=True).start()
        else:
            self._kept = show(self._saved_bundle(), raw=True, display_id=True)

    def _keep_later(self) -> None:
        self._page_came.wait(UP_WITHIN_S)
        try:
            self.keep()
        except Exception as error:  # in a thread of its own it would vanish
            self.error = error_text(error)

    def _live_view(self) -> tuple[dict[str, Any], dict[str, Any]]:
        # None is for widgets without a view; a panel has one.
        return super()._repr_mimebundle_() or ({}, {})

    def _saved_bundle(self) -> dict[str, str]:
        # The page first: a panel may settle its numbers for it, and the line tells them.
        page = self.to_html()
        line = self.summary_line()
        view = embedded(page, self.saved_as, line, self.frame_height)
        return {"text/html": view, "text/plain": line}

    def _promised_bundle(self) -> dict[str, str]:
        line = self.summary_line()
        return {"text/html": promised(self.saved_as, line), "text/plain": line}
