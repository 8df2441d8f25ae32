"""profile_communities: one row per community, what it is like."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("profile_communities")
