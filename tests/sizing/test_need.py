"""What a run needs: straight lines through two measured runs, and what follows from them."""

from __future__ import annotations

import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from marketgraph.sizing.measured import Measured, Point, StageWork, measured
from marketgraph.sizing.need import BUSY, BYTES_A_TASK, GIB, Need, need
from marketgraph.sizing_page import needs_grid

HOUR = 3600


def work(seconds: float, tasks: float, shuffled: int = 0, written: int = 0) -> StageWork:
    return StageWork(seconds, tasks, shuffled, 0, written, 0)


def point(scale: float, **stages: StageWork) -> Point:
    """A marketplace of a million edges and a tenth of a million rows for each unit of scale."""
    return Point(scale, round(scale * 100_000), round(scale * 1_000_000), 50_000, 0.0, 0, stages)


# Of two cores: edges take 10 s of tasks and 5 s for each million; rows take 2 s for each tenth of a million.
TWO_RUNS = Measured(
    "a machine",
    2,
    (
        point(1, build_edges=work(27.5, 15, 1 << 30, 100), conform_sources=work(2, 2)),
        point(3, build_edges=work(32.5, 25, 3 << 30, 300), conform_sources=work(4, 6)),
    ),
)


def asked(edges: int, rows: int = 100_000, hours: float = 1) -> Need:
    return need(TWO_RUNS, rows=rows, edges=edges, vertices=1000, hours=hours)


def by_name(found: Need) -> dict[str, float]:
    return {one.name: one.task_seconds for one in found.stages}


def test_what_was_measured_is_what_is_needed() -> None:
    assert by_name(asked(3_000_000, rows=300_000)) == {"build_edges": 25, "conform_sources": 6}


def test_edges_cost_by_edges_and_sources_by_rows() -> None:
    found = asked(101_000_000, rows=1_100_000)
    assert by_name(found) == pytest.approx({"build_edges": 515, "conform_sources": 22})
    assert found.stages[0].shuffle_bytes == 101 << 30
    assert found.written_bytes == 10_100


def test_the_driver_alone_takes_what_the_small_run_took_beside_its_tasks() -> None:
    found = asked(1_000_000)
    assert [one.serial_seconds for one in found.stages] == [20, 1]
    with pytest.raises(ValueError, match="the driver alone"):
        asked(1_000_000, hours=20 / HOUR)


def test_cores_are_as_many_as_the_hours_ask_for() -> None:
    found = asked(10_000_000_000, hours=2)
    left = 2 * HOUR - 21
    assert found.cores == 4 * math.ceil(math.ceil((50_010 + 2) / left / BUSY) / 4)
    assert found.partitions == (10_000 << 30) // BYTES_A_TASK
    assert found.beyond == pytest.approx(10_000 / 3)


def test_a_stage_that_was_cheaper_on_the_larger_run_is_taken_in_proportion() -> None:
    noisy = Measured("m", 2, (point(1, find_motifs=work(9, 9)), point(3, find_motifs=work(6, 6))))
    assert need(noisy, rows=1, edges=30_000_000, vertices=1, hours=1).stages[0].task_seconds == 60


@given(st.integers(10**6, 10**11), st.integers(1, 10**4))
def test_more_edges_never_need_less(edges: int, more: int) -> None:
    less, much = (
        need(measured(), rows=n // 5, edges=n, vertices=n // 10, hours=10**6) for n in (edges, edges + more)
    )
    assert less.core_hours <= much.core_hours
    assert (less.cores, less.partitions) <= (much.cores, much.partitions)
    assert less.driver_bytes <= much.driver_bytes
    assert less.heap_bytes >= 2 * GIB


def test_the_page_has_the_settings_as_spark_takes_them() -> None:
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(needs_grid([asked(3_000_000), asked(10**9, hours=2)], TWO_RUNS))
    told = console.export_text()
    assert "a run of 1 hours, by edges" in told
    rows = {line.split("│")[1].strip(): line.split("│")[2:-1] for line in told.splitlines() if "│" in line}
    assert [cell.strip() for cell in rows["spark.executor.memory"]] == ["7g", "7g"]
    assert [cell.strip() for cell in rows["driver_memory"]] == ["5g", "5g"]
    assert [cell.strip() for cell in rows["times what was measured"]] == ["1.0", "333.3"]
