"""Runs for a person's eyes: a line for each, and of one a line per stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape

from marketgraph.releases_page import console, grid_of
from marketgraph.reporter import Reporter
from marketgraph.runs.history import Recorded

HEADINGS = {
    "run": False,
    "command": False,
    "began (UTC)": False,
    "seconds": True,
    "state": False,
    "release": False,
}
# Heading -> columns of runs.stages that are added up, and what they are divided by.
MIB = 1 << 20
NUMBERS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "jobs": (("spark_jobs",), 1, ",d"),
    "tasks": (("tasks",), 1, ",d"),
    "failed": (("tasks_failed",), 1, ",d"),
    "core s": (("executor_seconds",), 1, ",.1f"),
    "gc s": (("gc_seconds",), 1, ",.1f"),
    "read MiB": (("input_bytes",), MIB, ",.1f"),
    "shuffled MiB": (("shuffle_written_bytes",), MIB, ",.1f"),
    "spilled MiB": (("memory_spilled_bytes", "disk_spilled_bytes"), MIB, ",.1f"),
    "peak MiB": (("peak_execution_bytes",), MIB, ",.1f"),
    "driver MiB": (("driver_peak_bytes",), MIB, ",.0f"),
}


def print_runs(found: Sequence[dict[str, Any]]) -> None:
    """One line per run: id, command, when, how long, how it ended, its release."""
    if not found:
        Reporter().say("no run yet")
        return
    grid = grid_of(HEADINGS)
    for one in found:
        when, seconds = f"{one['started_at']:%Y-%m-%d %H:%M:%S}", f"{one['seconds']:,.1f}"
        cells = (one["run_id"], one["command"], when, seconds, _state(one), one["release_id"] or "")
        grid.add_row(*map(escape, cells))
    console().print(grid)


def print_run(found: Recorded) -> None:
    """How the run ended and where it ran, then its stages with what Spark did for each."""
    Reporter(console()).facts(f"run {found.run['run_id']}", _facts(found.run))
    grid = grid_of(
        {"stage": False, "as of": False, "state": False, "seconds": True, "tables": True, "rows": True}
        | dict.fromkeys(NUMBERS, True)
    )
    for one in found.stages:
        numbers = [_number(one, *told) for told in NUMBERS.values()]
        fixed = (one["stage"], str(one["as_of"]), _state(one), f"{one['seconds']:,.1f}")
        grid.add_row(*map(escape, fixed), f"{one['tables']:,}", f"{one['rows']:,}", *numbers)
    console().print(grid)
    if unseen := sum(one["spark_stages_unseen"] or 0 for one in found.stages):
        Reporter(console()).warn(
            f"{unseen:,} of Spark's stages were forgotten before they were counted: raise spark.ui.retainedStages"
        )


def _facts(run: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("command", run["command"]),
        ("as of", str(run["as_of"])),
        ("state", f"{_state(run)}, exit code {run['exit_code']}"),
        ("began (UTC)", f"{run['started_at']:%Y-%m-%d %H:%M:%S}"),
        ("seconds", f"{run['seconds']:,.1f}"),
        ("release", run["release_id"] or "none"),
        ("spark", f"{run['spark_version']}, {run['spark_master']}, application {run['spark_application']}"),
        ("code", run["code_version"]),
        ("config", run["config_hash"]),
    ]


def _state(one: dict[str, Any]) -> str:
    return f"{one['state']}: {one['error']}" if one["error"] else str(one["state"])


def _number(one: dict[str, Any], columns: tuple[str, ...], unit: int, form: str) -> str:
    values = [one[name] for name in columns if one[name] is not None]
    return format(sum(values) if unit == 1 else sum(values) / unit, form) if values else ""
