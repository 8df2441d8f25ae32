"""export: a published release as files for trainers; no stage of the pipeline, for it makes no table."""

from __future__ import annotations

import sys
from functools import partial

from marketgraph.cli import app, exit_with

if __name__ == "__main__":
    exit_with(partial(app, ["export", *sys.argv[1:]], prog_name="spark-submit.sh"))
