"""Item -> answer: every way of answering, direct and assisted among them.

interface.py     what an arm is; how to write one
context.py       all that an arm touches: calls, programs, prompts, budget, record
conversation.py  turns with one model
place.py         what an arm stands before and was given
interlocutor.py  who answers when a program asks
budget.py        what may be spent, held while it is spent
trail.py         calls, runs and steps of an answer, noted as they happen
answering.py     an arm answers an item -> the record of it
study_arm.py     an arm with the parameters, budget and templates of a study; ids of its answers
roster.py        the arms of a study in order, found by entry point in group `cgr_nb.arms`
requests.py      messages, sampling and seed of a call
ranking.py       options ranked by a solver's log-probabilities
checks.py        what a program says that checks an answer
vote.py          several answers made alike, and the letters that most give
written_twins.py questions that a generator made up, read out of its reply
branches.py      several chains of calls, followed side by side
ring.py          which other item of the dataset stands beside an item
ports.py         what arms need of the house around them

Each further file is one arm. A name beside the three channels is an entry point, so that a package
of anybody's can bring more.
"""

from cgr_nb.arms.budget import Budget, OutOfBudget
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.conversation import Conversation
from cgr_nb.arms.interface import Arm, ArmPrompt, Expected, NoParameters, Outcome, Prepared
from cgr_nb.arms.ports import CallStore, Resources
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.requests import derive_seed
from cgr_nb.arms.roster import (
    ArmChoice,
    Roster,
    arm_names,
    arm_summaries,
    channel_summaries,
    register_arm,
    unregister_arm,
)
from cgr_nb.arms.solver_stand_in import NOBODY, SolverStandIn
from cgr_nb.arms.study_arm import BudgetRule, StudyArm
from cgr_nb.arms.unit import Unit
from cgr_nb.models.decoding import Decoding

__all__ = [
    "NOBODY",
    "Arm",
    "ArmChoice",
    "ArmContext",
    "ArmPrompt",
    "Budget",
    "BudgetRule",
    "CallStore",
    "Conversation",
    "Decoding",
    "Expected",
    "NoParameters",
    "OutOfBudget",
    "Outcome",
    "Prepared",
    "Refusal",
    "Resources",
    "Roster",
    "SolverStandIn",
    "StudyArm",
    "Unit",
    "arm_names",
    "arm_summaries",
    "channel_summaries",
    "derive_seed",
    "register_arm",
    "unregister_arm",
]
