"""Peak memory of a process and all that it started: proportional set size, so that shared pages count once."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

EVERY = 0.25  # seconds


def peak_while(process: subprocess.Popen[str]) -> int:
    """Bytes at the highest, sampled until the process ends."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_bytes_of(pid) for pid in _tree(process.pid)))
        time.sleep(EVERY)
    return peak


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, left = [], [root]
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
