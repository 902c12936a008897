"""Item -> text: versioned template files, rendered and hashed (file format: `template`)."""

from cgr_nb.prompts.asking import ask_messages, ask_template
from cgr_nb.prompts.folder import TemplateFile, check_folder, copy_template, template_files
from cgr_nb.prompts.render import RenderedPrompt, Shown, render, render_reask, shown
from cgr_nb.prompts.template import FIELDS, Template, available, load_template
from cgr_nb.prompts.trimmed import trimmed

__all__ = [
    "FIELDS",
    "RenderedPrompt",
    "Shown",
    "Template",
    "TemplateFile",
    "ask_messages",
    "ask_template",
    "available",
    "check_folder",
    "copy_template",
    "load_template",
    "render",
    "render_reask",
    "shown",
    "template_files",
    "trimmed",
]
