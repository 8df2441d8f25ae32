"""conform_sources: map a company's tables to the canonical ones; bad rows to quarantine."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("conform_sources")
