"""check_quality: the gate: every table of the run against its contract."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("check_quality")
