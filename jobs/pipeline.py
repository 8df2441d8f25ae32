"""pipeline: every job, in one process."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("pipeline")
