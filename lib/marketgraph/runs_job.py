"""What the commands `marketgraph runs …` do: open the warehouse, read what runs have left, show it."""

from __future__ import annotations

import json
from pathlib import Path

from marketgraph.releases_job import opened_store
from marketgraph.runs.history import find_run, recorded_runs
from marketgraph.runs_page import print_run, print_runs


def show_runs(config: Path, *, last: int, as_json: bool, overrides: tuple[str, ...]) -> None:
    """One line per run, newest first."""
    with opened_store(config, overrides) as store:
        found = recorded_runs(store)[:last]
    if as_json:
        print(json.dumps(found, default=str, indent=2))  # noqa: T201
    else:
        print_runs(found)


def show_run(config: Path, name: str, *, as_json: bool, overrides: tuple[str, ...]) -> None:
    """One run and its stages. Raises StoreError when there is none of that name."""
    with opened_store(config, overrides) as store:
        found = find_run(store, name)
    if as_json:
        print(json.dumps({**found.run, "stages": found.stages}, default=str, indent=2))  # noqa: T201
    else:
        print_run(found)
