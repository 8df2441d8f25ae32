"""What a run needs of a cluster, as a table for a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rich.table import Table as Grid

from marketgraph.sizing.measured import Measured
from marketgraph.sizing.need import CORES_AN_EXECUTOR, GIB, Need

_UNITS = ((1 << 40, "TiB"), (GIB, "GiB"), (1 << 20, "MiB"))
# As conf/cluster.yml has the settings' names.
_ROWS: tuple[tuple[str, Callable[[Need], str]], ...] = (
    ("source rows", lambda need: short(need.rows)),
    ("core hours", lambda need: f"{need.core_hours:,.1f}"),
    ("hours of the driver alone", lambda need: f"{need.serial_hours:.2f}"),
    ("spark.executor.instances", lambda need: f"{need.executors:,}"),
    ("spark.executor.cores", lambda _: str(CORES_AN_EXECUTOR)),
    ("spark.executor.memory", lambda need: setting(need.heap_bytes)),
    ("driver_memory", lambda need: setting(need.driver_bytes)),
    ("shuffle_partitions", lambda need: f"{need.partitions:,}"),
    ("disk for shuffles, in all", lambda need: size(need.shuffle_disk_bytes)),
    ("warehouse, of a day", lambda need: size(need.written_bytes)),
    ("times what was measured", lambda need: f"{need.beyond:,.1f}"),
)


def needs_grid(needs: Sequence[Need], of: Measured) -> Grid:
    """A column per size, the user's own first."""
    hours = needs[0].hours
    grid = Grid(title=f"a run of {hours:g} hours, by edges", title_justify="left", title_style="bold")
    grid.add_column("")
    for one in needs:
        grid.add_column(short(one.edges), justify="right")
    for name, told in _ROWS:
        grid.add_row(name, *[told(one) for one in needs])
    scales = ", ".join(f"{point.scale:g}" for point in of.points)
    grid.caption = f"from runs at scales {scales} on {of.machine}; docs/scale.md tells the model"
    grid.caption_justify = "left"
    return grid


def setting(count: int) -> str:
    """Bytes as Spark's settings take them, rounded up."""
    return f"{math.ceil(count / GIB)}g"


def short(count: int) -> str:
    """A count in three digits."""
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if count >= unit:
            return f"{count / unit:.3g}{name}"
    return str(count)


def size(count: int) -> str:
    """Bytes in the largest unit that leaves a digit before the point."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:,.3g} {name}"
    return f"{count:,} B"
