"""collect_evidence: why the top of each ranking stands there."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("collect_evidence")
