"""Shards on more than one process: submitted, followed, called off.

task.py        one process: phase "generate" or "merge", or a shard, as a command line
task_state.py  how far it is, in a file
process.py     it is run here, tried again, stopped
submission.py  all tasks of a study, and how far they are together
futures.py     processes of this machine, Dask, any executor of futures
slurm.py       job arrays of Slurm
submitted.py   a submission in the hand of whoever waits for it
"""

from cgr_nb.study.executors.futures import dask_executor, local_executor
from cgr_nb.study.executors.slurm import SlurmOptions, slurm_scripts, write_scripts
from cgr_nb.study.executors.submission import SUBMIT, ShardsProgress, Submission, jobs_of
from cgr_nb.study.executors.submitted import (
    EXECUTORS,
    ExecutorName,
    SubmitOptions,
    SubmittedStudy,
    cancel_submissions,
    submit_study,
)
from cgr_nb.study.executors.task import TRY_AGAIN, Task
from cgr_nb.study.executors.task_state import StateFile, TaskState, read_state

__all__ = [
    "EXECUTORS",
    "SUBMIT",
    "TRY_AGAIN",
    "ExecutorName",
    "ShardsProgress",
    "SlurmOptions",
    "StateFile",
    "Submission",
    "SubmitOptions",
    "SubmittedStudy",
    "Task",
    "TaskState",
    "cancel_submissions",
    "dask_executor",
    "jobs_of",
    "local_executor",
    "read_state",
    "slurm_scripts",
    "submit_study",
    "write_scripts",
]
