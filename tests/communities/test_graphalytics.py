"""LDBC Graphalytics' own graphs and answers: community detection by label propagation, and weak components."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.communities.holding import left_tidy
from marketgraph.communities.kernel_engine import connected_components, label_propagation
from marketgraph.communities.settings import Propagation

WITH_LABELS = ("example-directed", "example-undirected", "test-cdlp-directed")
WITH_COMPONENTS = ("example-directed", "example-undirected", "test-wcc-directed", "test-wcc-undirected")


def pairs_in(file: Path) -> dict[int, int]:
    return {
        int(a): int(b) for a, b in (line.split() for line in file.read_text().splitlines() if line.strip())
    }


def arcs_of(spark: SparkSession, folder: Path, name: str):
    """Each line of the edge file: a neighbour votes once for each direction in which an edge joins it."""
    lines = [line.split() for line in (folder / f"{name}.e").read_text().splitlines() if line.strip()]
    return spark.createDataFrame([(int(w[0]), int(w[1])) for w in lines], "src long, dst long")


def whole(folder: Path, name: str, found: dict[int, int]) -> dict[int, int]:
    """A vertex without an edge is its own community."""
    vertices = [
        int(line.split()[0]) for line in (folder / f"{name}.v").read_text().splitlines() if line.strip()
    ]
    return {v: found.get(v, v) for v in vertices}


@pytest.mark.parametrize("name", WITH_LABELS)
def test_labels_are_exactly_those_of_graphalytics(spark: SparkSession, data_folder: Path, name: str) -> None:
    folder = data_folder / "graphalytics"
    properties = (folder / f"{name}.properties").read_text()
    rounds = int(re.search(r"cdlp\.max-iterations = (\d+)", properties)[1])
    directed = re.search(rf"graph\.{name}\.directed = (true|false)", properties)[1] == "true"
    orientation = "directed" if directed else "undirected"
    rule = Propagation(max_iterations=rounds, orientation=orientation)
    with left_tidy(spark):
        labels, _ = label_propagation(arcs_of(spark, folder, name), rule)
        rows = labels.collect()
    found = whole(folder, name, {r["vertex_id"]: r["label"] for r in rows})
    assert found == pairs_in(folder / f"{name}-CDLP")


@pytest.mark.parametrize("name", WITH_COMPONENTS)
def test_components_part_the_graph_as_graphalytics_does(
    spark: SparkSession, data_folder: Path, name: str
) -> None:
    folder = data_folder / "graphalytics"
    with left_tidy(spark):
        rows = connected_components(arcs_of(spark, folder, name)).collect()
    found = whole(folder, name, {r["vertex_id"]: r["component"] for r in rows})
    theirs = pairs_in(folder / f"{name}-WCC")
    groups = [
        {frozenset(v for v in parts if parts[v] == part) for part in parts.values()}
        for parts in (found, theirs)
    ]
    assert groups[0] == groups[1]
