"""build_features: one feature table per entity kind."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("build_features")
