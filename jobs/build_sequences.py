"""build_sequences: the last acts of each entity and live session, and the vocabulary."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("build_sequences")
