"""How much memory the driver's processes have held at most: Spark's JVM and this one."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_KIB = 1024


def driver_processes(spark: SparkSession) -> tuple[int, ...]:
    """Ids of the two processes of the driver, which are on one machine."""
    jvm: Any = spark.sparkContext._jvm
    return int(jvm.java.lang.ProcessHandle.current().pid()), os.getpid()


def peak_resident_bytes(processes: tuple[int, ...]) -> int | None:
    """The sum of the most that each has held since it began; None where the system does not tell (no Linux)."""
    try:
        told = [_PEAK.search(Path(f"/proc/{one}/status").read_text(encoding="ascii")) for one in processes]
    except OSError:
        return None
    return sum(int(found[1]) for found in told if found) * _KIB or None
