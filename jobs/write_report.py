"""write_report: the run's release as pages for people, in reports/ of the warehouse."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("write_report")
