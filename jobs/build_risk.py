"""build_risk: how risk spreads from known violations, for each vertex and each community."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("build_risk")
