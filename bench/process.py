"""A process of its own for each measurement: limited in time, measured in memory, ended with all that it started."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench.memory import end_tree, peak_while

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Outcome:
    """How a process ended. late: it was killed at the limit; told: its last line; peak: bytes; reason: of a failure."""

    state: Literal["ended", "late", "failed"]
    peak: int
    told: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def run(command: Sequence[str], *, limit: float, own_paths: bool = False) -> Outcome:
    """Run a command that prints one line of JSON at its end. limit: seconds, from the process's start.

    own_paths: of another environment, which our PYTHONPATH would disturb.
    """
    with tempfile.TemporaryDirectory(prefix="marketgraph-bench-run-", ignore_cleanup_errors=True) as scratch:
        out, err = Path(scratch) / "stdout", Path(scratch) / "stderr"
        hidden = ("PYTHONPATH", "PYTHONHOME") if own_paths else ()
        env = {name: value for name, value in os.environ.items() if name not in hidden}
        with out.open("w") as stdout, err.open("w") as stderr:
            process = subprocess.Popen(
                list(command), stdout=stdout, stderr=stderr, cwd=ROOT, text=True, start_new_session=True,
                env=env | {"TMPDIR": scratch},
            )  # fmt: skip
            try:
                peak = peak_while(process, limit=limit)
                late = process.poll() is None
            finally:
                end_tree(process)
        return Outcome("late", peak) if late else _judged(process.returncode, peak, out, err)


def _judged(code: int, peak: int, out: Path, err: Path) -> Outcome:
    lines = out.read_text().splitlines()
    if code or not lines:
        return Outcome("failed", peak, reason=f"exit code {code}: {err.read_text()[-1500:]}")
    return Outcome("ended", peak, json.loads(lines[-1]))
