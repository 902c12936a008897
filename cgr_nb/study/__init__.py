"""Config -> answers: which units a study has, which arms answer them, and the run that fills the
store.

A unit is one (item, solver, generator). Each of its answers has an id made of everything that could
change it, so a rerun makes exactly those that are missing.
"""

from cgr_nb.arms.unit import Unit
from cgr_nb.study.caller import OnText
from cgr_nb.study.caps import Caps, cost_of, parse_duration
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.demo import demo_config, everyday_config, full_config
from cgr_nb.study.import_programs import OUTCOMES, Imported, import_programs, imports
from cgr_nb.study.merging import MergedShards, merge_shards
from cgr_nb.study.part import PHASES, Phase, RunPhase
from cgr_nb.study.plan import Plan, plan_study
from cgr_nb.study.program_prompts import ProgramPrompt, missing_prompts
from cgr_nb.study.prompts_out import PROMPT_FORMATS, PromptFormat, prompt_lines, write_prompts
from cgr_nb.study.publishing import fetch_shard, publish_shard
from cgr_nb.study.redo import RedoChoice, Redone, redo_study
from cgr_nb.study.run import CONFIG_NAME, Progress, run_study
from cgr_nb.study.schema import study_schema
from cgr_nb.study.shard import SHARDS, Shard, shard_folder, shards_of
from cgr_nb.study.shard_state import ShardStates, shard_states
from cgr_nb.study.template import TemplateChoice, template_text, write_template
from cgr_nb.study.units import StudyInputs, resolve_inputs

__all__ = [
    "CONFIG_NAME",
    "OUTCOMES",
    "PHASES",
    "PROMPT_FORMATS",
    "SHARDS",
    "Caps",
    "Imported",
    "MergedShards",
    "OnText",
    "Phase",
    "Plan",
    "ProgramPrompt",
    "Progress",
    "PromptFormat",
    "RedoChoice",
    "Redone",
    "RunPhase",
    "Shard",
    "ShardStates",
    "StudyConfig",
    "StudyInputs",
    "TemplateChoice",
    "Unit",
    "cost_of",
    "demo_config",
    "everyday_config",
    "fetch_shard",
    "full_config",
    "import_programs",
    "imports",
    "merge_shards",
    "missing_prompts",
    "parse_duration",
    "plan_study",
    "prompt_lines",
    "publish_shard",
    "redo_study",
    "resolve_inputs",
    "run_study",
    "shard_folder",
    "shard_states",
    "shards_of",
    "study_schema",
    "template_text",
    "write_prompts",
    "write_template",
]
