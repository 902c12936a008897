"""What this machine was found not to bear, kept so that it is found out once.

llama.cpp repacks weights into buffers of its own kind for some processors ("extra buffers": AMX,
KleidiAI, repacked rows). A build whose compiler was wrong about those instructions dies in the
first batch; the same build works without them. The finding holds for one build on one kind of
processor (see `llama_build.build_id`): another build is tried with them again.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cgr_nb.hub import cache_folder
from cgr_nb.models.llama_build import build_id, compiler
from cgr_nb.util.atomic_write import write_text

__all__ = ["ExtraBuffersCrash", "extra_buffers_crash", "note_extra_buffers_crash"]


@dataclass(frozen=True, slots=True)
class ExtraBuffersCrash:
    """The build dies with extra buffers on, and works with them off."""

    death: str
    """How it died, in words."""
    model: str
    """Name of the model it was seen with."""
    when: str
    """UTC, ISO 8601."""

    @property
    def line(self) -> str:
        """One line for people: what is off, why, and how to get it back."""
        by = compiler()
        return (
            f"llama.cpp's extra buffers (AMX and the like) are off: with them its first batch died "
            f"({self.death}) on this processor"
            + (f"; it was compiled by {by}" if by else "")
            + "; to have their speed, compile it with a newer compiler: CC=clang CXX=clang++ pip "
            "install --force-reinstall --no-deps --no-cache-dir --no-binary :all: llama-cpp-python"
        )


def extra_buffers_crash() -> ExtraBuffersCrash | None:
    """What is known of this build on this machine; None: extra buffers are to be used."""
    try:
        data = json.loads(_place().read_text("utf-8"))
        return ExtraBuffersCrash(**{name: str(data[name]) for name in ("death", "model", "when")})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def note_extra_buffers_crash(death: str, model: str) -> ExtraBuffersCrash:
    """Keep the finding, where this user has a folder to keep it in."""
    found = ExtraBuffersCrash(death, model, datetime.now(UTC).isoformat(timespec="seconds"))
    place = _place()
    # A machine without a writable home finds it out again at each load.
    with suppress(OSError):
        write_text(place, json.dumps(asdict(found)))
    return found


def _place() -> Path:
    return cache_folder() / f"extra-buffers-{build_id()}.json"
