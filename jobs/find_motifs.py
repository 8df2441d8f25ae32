"""find_motifs: instances of declared patterns of edges."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("find_motifs")
