"""build_training: labelled examples of entities at earlier dates, which are built first when they are not there."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("build_training")
