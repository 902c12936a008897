"""`python -m cgr_nb.cli`, the same as `cgr-nb`."""

import sys

from cgr_nb.cli import main

sys.exit(main())
