"""`python -m cgr_nb.models.worker SETTINGS`: started by `process.WorkerProcess`, by nobody else."""

import sys

from cgr_nb.models.worker.serve import main

main(sys.argv[1])
