"""A study to look into."""

from __future__ import annotations

from small_study import own_study, study, study_folder

__all__ = ["own_study", "study", "study_folder"]
