"""The bench's own parts: its graphs, its measures, its memory gauge, its time limit. No Spark."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from bench.graphs import planted, planted_in_pieces, rmat
from bench.measures import exponent, nmi, slope
from bench.memory import peak_while, runs
from bench.process import run


@pytest.mark.parametrize("make", [lambda: planted(1_000, inner=12, outer=6.5), lambda: rmat(10)])
def test_graphs_are_simple_and_the_same_for_a_seed(make: Callable[[], np.ndarray]) -> None:
    edges = make()
    assert np.array_equal(edges, make())
    assert (edges[:, 0] < edges[:, 1]).all()
    assert len(np.unique(edges, axis=0)) == len(edges) > 5_000
    assert edges.min() >= 0 and edges.max() < 1_024


def test_a_planted_vertex_has_the_neighbours_that_were_asked_for() -> None:
    edges = planted(10_000, inner=12, outer=6.5)
    assert 2 * len(edges) / 10_000 == pytest.approx(18.5, rel=0.05)  # some are drawn twice


def test_a_graph_in_pieces_has_its_edges_in_as_many_files(tmp_path: Path) -> None:
    graph = planted_in_pieces(25_000, tmp_path / "edges", piece=10_000)
    files = sorted((tmp_path / "edges").glob("*.parquet"))
    ends = pq.read_table(graph.folder).to_pandas()
    assert len(files) == 3
    assert len(ends) == graph.edges == pytest.approx(25_000, rel=0.06)
    assert ends.max().max() < graph.vertices
    assert (ends["src"] < ends["dst"]).all()


def test_nmi_of_equal_partitions_is_one_whatever_the_labels_are_called() -> None:
    assert nmi(np.array([0, 0, 1, 2]), np.array([7, 7, 5, 9])) == pytest.approx(1)
    assert nmi(np.array([4, 4]), np.array([2, 2])) == 1


def test_nmi_of_independent_partitions_is_zero() -> None:
    assert nmi(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])) == pytest.approx(0)


def test_nmi_is_normalised_by_the_arithmetic_mean() -> None:
    # {a,b},{c,d} against {a,b},{c},{d}: I = ln 2, H = ln 2, H' = 1.5 ln 2
    assert nmi(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])) == pytest.approx(1 / 1.25)


def test_the_fit_finds_the_exponent_of_a_power_law() -> None:
    assert exponent([8, 16, 32], [3 * size**1.25 for size in (8, 16, 32)]) == pytest.approx(1.25)
    assert slope([1, 2, 4], [0, 10, 40]) == 15


def test_the_peak_counts_what_a_child_of_the_process_holds() -> None:
    child = "import time; held = bytearray(b'x') * 100_000_000; time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], text=True) as process:
        assert 100e6 < peak_while(process) < 150e6


def test_a_run_past_its_limit_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    child = (
        f"import os, time; os.setpgid(0, 0); open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    assert run([sys.executable, "-c", parent], limit=1.5).state == "late"
    assert not runs(int(told.read_text()))


def test_a_run_that_fails_tells_why() -> None:
    outcome = run([sys.executable, "-c", "raise SystemExit('no disk')"], limit=30)
    assert (outcome.state, "no disk" in outcome.reason) == ("failed", True)
