"""Peak memory of a process and all that it started: proportional set size, so that shared pages count once.

The kernel walks all of a process's pages to tell its proportional set size, and holds its memory map meanwhile: four
times a second that slows a process of gigabytes by what it holds. Resident pages, shared ones counted in each
process, cost nothing to ask for and are never fewer. So these are asked for always, the others when these have grown.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

EVERY = 0.25  # seconds
GROWN = 1.01  # times the resident pages at the last look
PATIENCE = 30.0  # seconds that killed processes are waited for


def peak_while(process: subprocess.Popen[str], *, limit: float = float("inf")) -> int:
    """Bytes at the highest, sampled until the process ends or `limit` seconds have passed."""
    peak, seen, end = 0, 0.0, time.monotonic() + limit
    while process.poll() is None and time.monotonic() < end:
        pids = [pid for pid in tree(process.pid) if not _is_beginning(pid)]
        resident = sum(_resident(pid) for pid in pids)
        if resident > seen * GROWN:
            peak, seen = max(peak, sum(_proportional(pid) for pid in pids)), resident
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(EVERY)
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


def _is_beginning(pid: int) -> bool:
    """Whether a JVM's child has yet to begin its own program: until then the JVM's very memory is told as its own."""
    try:
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        program = Path(f"/proc/{pid}/exe").readlink()
        return program.name == "java" and program == Path(f"/proc/{parent}/exe").readlink()
    except OSError:
        return False


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
