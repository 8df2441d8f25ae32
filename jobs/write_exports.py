"""write_exports: the run's release as files for trainers, in each format that the config asks for."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("write_exports")
