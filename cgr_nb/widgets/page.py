"""A panel without a kernel: one HTML text that draws the same module from kept state.

The page loads nothing from anywhere (its content policy forbids it), and state enters it as JSON,
never as markup.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping
from typing import Any

from cgr_nb.widgets.assets import static
from cgr_nb.words import UNTRUSTED_WORDS, WORDS

__all__ = ["embedded", "offline_page", "promised", "state_json"]

_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_ANSWERED_POLICY = f"{_POLICY}; connect-src 'self'"

# A reopened notebook has no model for the widget above the saved view: hide the line that says so.
_ORPHAN = (
    ".jp-OutputArea:has([data-cgr-saved])"
    " .jp-OutputArea-child:has(.jupyter-widgets:not(:has(*))) {display: none}"
    " .cgr-untrusted {display: none}"
)


def offline_page(
    title: str, script: str, style: str, state: Mapping[str, Any], *, height: str = "auto"
) -> str:
    """A whole HTML document with a panel in it.

    Args:
        title: Title of the document.
        script: ES module that holds its exports in `panel`, `{ render }` as its default (see
            `assets.script`).
        style: The panel's style sheet.
        state: Trait name -> JSON-ready value or bytes. With `viewer`, the page's commands are sent
            to the `address` in it, of the page's own server; without, it loads nothing.
        height: CSS height of the page's body.
    """
    policy = _ANSWERED_POLICY if "viewer" in state else _POLICY
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{style}\n{static('page.css')}\n</style>\n"
        f'</head>\n<body style="height: {height}">\n<main id="panel"></main>\n'
        f'<script type="application/json" id="state">{state_json(state)}</script>\n'
        f'<script type="module">\n{script}\n{static("stub.js")}\n</script>\n</body>\n</html>\n'
    )


def embedded(page: str, key: str, summary: str, height: int) -> str:
    """The page as an HTML fragment for a notebook's output.

    A frame keeps page and notebook apart. Where frames are stripped (JupyterLab, in a notebook that
    is not trusted) the summary is what stays, and a hint that styles hide elsewhere.

    Args:
        page: From `offline_page`.
        key: Id of the live model, whose view hides this one.
        summary: The panel in one line of text.
        height: Height of the frame in pixels.
    """
    return (
        f'<div data-cgr-saved="{html.escape(key)}"><style>{_ORPHAN}</style>'
        f'<p style="margin: 4px 0">{html.escape(summary)}</p>'
        f'<p class="cgr-untrusted">{html.escape(UNTRUSTED_WORDS)}</p>'
        '<iframe sandbox="allow-scripts" loading="lazy" title="saved panel" style="width: 100%;'
        f" height: {height}px; border: 0; resize: vertical; overflow: auto; color-scheme: auto"
        f'" srcdoc="{html.escape(page)}"></iframe></div>'
    )


def promised(key: str, summary: str) -> str:
    """What stands in the place of a saved view until that is made.

    Args:
        key: As in `embedded`.
        summary: As there.
    """
    return (
        f'<div data-cgr-saved="{html.escape(key)}"><style>{_ORPHAN}</style>'
        f'<p style="margin: 4px 0">{html.escape(summary)}</p>'
        f"<p>{html.escape(WORDS['unsaved'])}</p></div>"
    )


def state_json(state: Mapping[str, Any]) -> str:
    """Traits as `stub.js` reads them."""
    text = json.dumps(dict(state), separators=(",", ":"), default=_bytes)
    # json.dumps writes ASCII; without "<" no text can end the script element or open a comment.
    return text.replace("<", "\\u003c")


def _bytes(value: object) -> dict[str, str]:
    if isinstance(value, (bytes, memoryview)):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"{type(value).__name__} can't be stored in a saved page")
