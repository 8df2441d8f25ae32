"""Peak memory of a process and all that it started: proportional set size, so that shared pages count once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

EVERY = 0.25  # seconds
PATIENCE = 30.0  # seconds that killed processes are waited for


def peak_while(process: subprocess.Popen[str], *, limit: float = float("inf")) -> int:
    """Bytes at the highest, sampled until the process ends or `limit` seconds have passed."""
    peak, end = 0, time.monotonic() + limit
    while process.poll() is None and time.monotonic() < end:
        peak = max(peak, sum(_bytes_of(pid) for pid in tree(process.pid)))
        time.sleep(EVERY)
    return peak


def end_tree(process: subprocess.Popen[str]) -> None:
    """Kill what is left of a process that leads a session, and of all that it started, in whatever group.

    Gives back when they have ended, since a killed JVM frees its heap beside the next measurement otherwise.
    """
    left = tree(process.pid)
    for pid in left:  # Spark's Python workers are a group of their own
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    end = time.monotonic() + PATIENCE
    while any(runs(pid) for pid in left) and time.monotonic() < end:
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether a process still runs: one that nobody reaps stays in the table as a zombie, and holds nothing."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def tree(root: int) -> list[int]:
    """The process and its descendants, by id; empty when there is no such process."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, left = [], [root] if Path(f"/proc/{root}").exists() else []
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def _bytes_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
