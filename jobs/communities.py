"""communities: labels or components of a graph of the user's own; no stage of the pipeline, and no config."""

from __future__ import annotations

import sys
from functools import partial

from marketgraph.cli import app, exit_with

if __name__ == "__main__":
    exit_with(partial(app, ["communities", *sys.argv[1:]], prog_name="spark-submit.sh"))
