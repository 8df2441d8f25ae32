"""What so many edges need of a cluster, from what was measured.

The model. The cost of a stage is a fixed part and one that grows with what it reads: source rows before the edges
are there, edges after. Both parts come of two measured runs, the smallest and the largest; between and beyond them cost
is a straight line. That holds for what is bound by rows (scans, hashes, sorts within partitions that do not grow),
since the hub policies keep pairs linear in members. Where the line would fall, the largest run's cost per unit is
taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from marketgraph.communities.settings import BYTES_A_VERTEX, Exchange
from marketgraph.sizing.measured import BY_ROWS, NOTHING, Measured, Point

# Of all cores over a run: the driver plans and commits between stages, and the last tasks of a stage leave cores idle.
BUSY = 0.6
# What a task of a shuffle should read: less is overhead, more is spilled by a core's share of the heap below.
BYTES_A_TASK = 128 << 20
# Shuffled bytes are compressed; as rows of a sort or hash they are about four times as large, and of a heap so much is
# theirs: spark.memory.fraction, half of it.
GROWN, OF_HEAP = 4, 0.3
CORES_AN_EXECUTOR = 4
TASKS_A_CORE = 3
GIB = 1 << 30
DRIVER = 4 * GIB


@dataclass(frozen=True)
class StageNeed:
    """What a stage will take. task_seconds: of all cores; serial_seconds: of the driver, whatever the cores."""

    name: str
    task_seconds: float
    serial_seconds: float
    shuffle_bytes: int
    written_bytes: int


@dataclass(frozen=True)
class Need:
    """What a run needs to be done in so many hours.

    beyond: how many times the largest measured run it is. heap_bytes: of one executor of `CORES_AN_EXECUTOR` cores.
    """

    rows: int
    edges: int
    hours: float
    beyond: float
    stages: tuple[StageNeed, ...]
    cores: int
    executors: int
    heap_bytes: int
    driver_bytes: int
    partitions: int
    shuffle_disk_bytes: int

    @property
    def core_hours(self) -> float:
        """Of tasks, without what waits."""
        return sum(one.task_seconds for one in self.stages) / 3600

    @property
    def written_bytes(self) -> int:
        """Of all tables of one date."""
        return sum(one.written_bytes for one in self.stages)

    @property
    def serial_hours(self) -> float:
        """What more cores do not shorten."""
        return sum(one.serial_seconds for one in self.stages) / 3600


def need(of: Measured, *, rows: int, edges: int, vertices: int, hours: float) -> Need:
    """What a run over so many source rows and edges needs to take so many hours.

    Raises ValueError where the driver's own work alone takes longer than that.
    """
    small, large = of.points[0], of.points[-1]
    stages = tuple(
        _stage(name, small, large, of.cores, at=rows if name in BY_ROWS else edges) for name in large.stages
    )
    serial = sum(one.serial_seconds for one in stages)
    left = hours * 3600 - serial
    if left <= 0:
        raise ValueError(f"the driver alone takes {serial / 3600:.1f} hours")
    cores = max(1, math.ceil(sum(one.task_seconds for one in stages) / left / BUSY))
    widest = max(one.shuffle_bytes for one in stages)
    executors = math.ceil(cores / CORES_AN_EXECUTOR)
    heap = max(2 * GIB, int(CORES_AN_EXECUTOR * BYTES_A_TASK * GROWN / OF_HEAP))
    return Need(
        rows=rows,
        edges=edges,
        hours=hours,
        beyond=edges / large.edges,
        stages=stages,
        cores=executors * CORES_AN_EXECUTOR,
        executors=executors,
        heap_bytes=heap,
        driver_bytes=_driver(vertices),
        partitions=max(TASKS_A_CORE * CORES_AN_EXECUTOR * executors, math.ceil(widest / BYTES_A_TASK)),
        shuffle_disk_bytes=widest,
    )


def _stage(name: str, small: Point, large: Point, cores: int, *, at: int) -> StageNeed:
    low, high = small.stages.get(name, NOTHING), large.stages[name]
    sizes = (small.rows, large.rows) if name in BY_ROWS else (small.edges, large.edges)
    line = partial(_on_line, sizes, at=at)
    return StageNeed(
        name=name,
        task_seconds=line((low.task_seconds, high.task_seconds)),
        # of the smaller run, whose tasks are short: what a stage takes beside them
        serial_seconds=max(0.0, low.seconds - low.task_seconds / cores),
        shuffle_bytes=round(line((low.shuffle_bytes, high.shuffle_bytes))),
        written_bytes=round(line((low.written_bytes, high.written_bytes))),
    )


def _on_line(sizes: tuple[int, int], values: tuple[float, float], *, at: int) -> float:
    """The value at a size, on the line through two measured ones; in proportion where the line falls."""
    slope = (values[1] - values[0]) / (sizes[1] - sizes[0]) if sizes[1] > sizes[0] else 0.0
    if slope <= 0:
        return values[1] * max(1.0, at / sizes[1])
    return max(values[0], values[0] + slope * (at - sizes[0]))


def _driver(vertices: int) -> int:
    """Plans, Delta's logs and Python, and the label arrays, which go to the executors beyond their budget."""
    return DRIVER + min(vertices * BYTES_A_VERTEX, Exchange().budget_mb << 20)
