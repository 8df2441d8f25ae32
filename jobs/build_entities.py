"""build_entities: one row per merchant, product, creator, content, buyer."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("build_entities")
