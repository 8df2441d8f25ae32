"""name_communities: ids of communities that stay from day to day, and what became of each."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("name_communities")
