"""`-v` and `-vv`, on every command, before or after its name: what the package logs, on stderr."""

from __future__ import annotations

import logging
import sys

import click

__all__ = ["add_verbose_option"]

_NAME = "verbose"
_META = "cgr_nb.verbose"
_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def add_verbose_option(command: click.Command) -> click.Command:
    """Give a command and all below it the option; one that has it stays as it is."""
    if all(param.name != _NAME for param in command.params):
        command.params.append(
            click.Option(
                ["-v", f"--{_NAME}", _NAME],
                count=True,
                expose_value=False,
                is_eager=True,
                callback=_set,
                help="Log progress to stderr; -vv also logs every model call.",
            )
        )
    for below in getattr(command, "commands", {}).values():
        add_verbose_option(below)
    return command


def _set(ctx: click.Context, param: click.Parameter, value: int) -> None:
    """Add up what was given at every level; the outermost one begins anew."""
    counted = value + (0 if ctx.parent is None else ctx.meta.get(_META, 0))
    ctx.meta[_META] = counted
    logger = logging.getLogger("cgr_nb")
    for handler in [one for one in logger.handlers if isinstance(one, _Handler)]:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    if not counted:
        return
    handler = _Handler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(_LEVELS[min(counted, len(_LEVELS) - 1)])


class _Handler(logging.Handler):
    """Lines on stderr, above a bar that may be there."""

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler.emit`."""
        from tqdm import tqdm

        tqdm.write(self.format(record), file=sys.stderr)
