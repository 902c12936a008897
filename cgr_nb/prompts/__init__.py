"""Item -> text: versioned template files, rendered and hashed (file format: `template`)."""

from cgr_nb.prompts.asking import ask_messages, ask_template
from cgr_nb.prompts.render import RenderedPrompt, Shown, render, render_reask, shown
from cgr_nb.prompts.template import FIELDS, Template, available, load_template
from cgr_nb.prompts.trimmed import trimmed

__all__ = [
    "FIELDS",
    "RenderedPrompt",
    "Shown",
    "Template",
    "ask_messages",
    "ask_template",
    "available",
    "load_template",
    "render",
    "render_reask",
    "shown",
    "trimmed",
]
