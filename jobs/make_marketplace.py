"""make_marketplace: make the synthetic marketplace that the config asks for."""

from __future__ import annotations

from marketgraph.jobs import job_main

if __name__ == "__main__":
    job_main("make_marketplace")
