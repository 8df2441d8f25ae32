"""publish_release: pin every table of the run under one release id."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("publish_release")
