"""find_communities: labels and components of the graph."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("find_communities")
