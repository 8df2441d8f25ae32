"""A process of its own for each measurement: limited in time, measured in memory, ended with all that it started."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from bench.memory import end_tree, peak_while

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Outcome:
    """How a process ended. late: it was killed at the limit; told: its last line; peak: bytes; reason: of a failure.

    seconds: of the whole process, from its start to its end.
    """

    state: Literal["ended", "late", "failed"]
    peak: int
    told: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    seconds: float = 0.0


def run(command: Sequence[str], *, limit: float, own_paths: bool = False, talks: bool = True) -> Outcome:
    """Run a command. limit: seconds, from the process's start.

    own_paths: of another environment, which our PYTHONPATH would disturb. talks: it prints one line of JSON at its end.
    """
    with tempfile.TemporaryDirectory(prefix="marketgraph-bench-run-", ignore_cleanup_errors=True) as scratch:
        out, err = Path(scratch) / "stdout", Path(scratch) / "stderr"
        hidden = ("PYTHONPATH", "PYTHONHOME") if own_paths else ()
        env = {name: value for name, value in os.environ.items() if name not in hidden}
        begun = time.monotonic()
        with out.open("w") as stdout, err.open("w") as stderr:
            process = subprocess.Popen(
                list(command), stdout=stdout, stderr=stderr, cwd=ROOT, text=True, start_new_session=True,
                env=env | {"TMPDIR": scratch},
            )  # fmt: skip
            try:
                peak = peak_while(process, limit=limit)
                late, seconds = process.poll() is None, time.monotonic() - begun
            finally:
                end_tree(process)
        if late:
            return Outcome("late", peak, seconds=seconds)
        return replace(_judged(process.returncode, peak, out, err, talks=talks), seconds=seconds)


def _judged(code: int, peak: int, out: Path, err: Path, *, talks: bool) -> Outcome:
    lines = out.read_text().splitlines()
    if code or (talks and not lines):
        return Outcome("failed", peak, reason=f"exit code {code}: {err.read_text()[-1500:]}")
    return Outcome("ended", peak, json.loads(lines[-1]) if talks else {})
