"""Exports of a release that the pipeline published, through the command line's own door."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import SparkSession

from marketgraph.cli import exit_with
from marketgraph.export_job import ExportOrder, export_release
from marketgraph.exports.manifest import read_manifest, verify
from marketgraph.exports.pyg_loader import load_arrays
from marketgraph.releases.load import load_release
from tests.conftest import ROOT
from tests.published import DATES, order

pytestmark = pytest.mark.slow


def asked(
    published, name: str, out: Path | str, release: str = DATES[0], *, force: bool = False
) -> ExportOrder:
    told = order(published[0])
    return ExportOrder(told.config, release, name, str(out), force, None, told.overrides)


def ended(command: ExportOrder, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and what was said to stderr."""
    with pytest.raises(SystemExit) as end:
        exit_with(lambda: export_release(command))
    return int(str(end.value.code)), capsys.readouterr().err


@pytest.fixture(scope="module")
def graph(published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "pyg"
    export_release(asked(published, "pyg", folder))
    return folder


def test_all_entities_and_edges_of_the_release_are_there(spark: SparkSession, published, graph: Path) -> None:
    release = load_release(spark, DATES[0], root=str(published[0]))
    told = verify(graph)
    assert told.release == release.id
    assert {node.kind: node.nodes for node in told.nodes} == {
        kind: release.pins[f"entities.{kind}s"].rows
        for kind in ("merchant", "product", "creator", "content", "buyer")
    }
    beside = ("edges.suppressed", "edges.group_sizes")
    pinned = {name: pin.rows for name, pin in release.pins.items() if name.startswith("edges.")}
    wanted = sum(rows for name, rows in pinned.items() if name not in beside)
    assert sum(edge.edges for edge in told.edges) + sum(told.left_out.values()) == wanted > 0


def test_features_are_aligned_with_their_vertices(spark: SparkSession, published, graph: Path) -> None:
    table = load_release(spark, DATES[0], root=str(published[0])).table("features.merchants")
    found = load_arrays(graph, dtype=np.float64).nodes["merchant"]
    rows = table.orderBy("vertex_id").select("vertex_id", *found.features).collect()
    assert set(found.features) == set(table.columns) - {"vertex_id", "as_of"}
    assert found.vertex_id.tolist() == [row["vertex_id"] for row in rows]
    assert found.x.tolist() == [[float(value or 0) for value in row[1:]] for row in rows]


def test_edges_point_to_the_vertices_of_the_tables(spark: SparkSession, published, graph: Path) -> None:
    release = load_release(spark, DATES[0], root=str(published[0]))
    arrays = load_arrays(graph)
    for triple in (("buyer", "bought_product", "product"), ("merchant", "shares_device", "merchant")):
        src_kind, relation, dst_kind = triple
        table = release.table(f"edges.{relation}").where(
            f"src_kind = '{src_kind}' and dst_kind = '{dst_kind}'"
        )
        src, dst = arrays.edges[triple].edge_index
        ends = zip(arrays.nodes[src_kind].vertex_id[src], arrays.nodes[dst_kind].vertex_id[dst], strict=True)
        assert {(int(a), int(b)) for a, b in ends} == {(r["src"], r["dst"]) for r in table.collect()}
        assert len(src) == table.count() > 0


@pytest.mark.parametrize("name", ["dgl", "graphstorm", "parquet"])
def test_the_other_formats_hold_the_same_release(
    published, graph: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    export_release(asked(published, name, tmp_path / "out"))
    told = verify(tmp_path / "out")
    assert told.release == read_manifest(graph).release
    assert sum(edge.edges for edge in told.edges) == (
        0 if name == "parquet" else sum(edge.edges for edge in read_manifest(graph).edges)
    )
    said = capsys.readouterr().out
    assert f"release {told.release} as {name}" in said
    assert str(tmp_path / "out") in re.sub(r"[\s│]+", "", said)


def test_the_documentations_python_reads_an_export(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "exports.md").read_text("utf-8"), re.DOTALL)
    (plain,) = [block for block in blocks if "load_arrays" in block]
    monkeypatch.chdir(graph.parent)
    names: dict[str, object] = {}
    exec(plain.replace('"exports/pyg"', '"pyg"'), names)  # noqa: S102
    assert names["x"].shape[0] == read_manifest(graph).nodes[0].nodes  # type: ignore[attr-defined]


def test_what_cannot_be_exported_ends_with_its_exit_code(
    published, graph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stories = [
        (asked(published, "pyg", tmp_path / "a", "2019-01-01"), 4, ("no release '2019-01-01'", DATES[0])),
        (asked(published, "tfrecord", tmp_path / "b"), 2, ("--format tfrecord", "graphstorm")),
        (asked(published, "pyg", graph), 4, (str(graph), "is not empty", "--force")),
        (asked(published, "pyg", "hdfs://namenode/out"), 2, ("hdfs://namenode/out", "local folder")),
    ]
    for command, code, words in stories:
        assert (found := ended(command, capsys))[0] == code, found
        assert all(word in found[1].replace("\n", "") for word in words), found
    assert list(tmp_path.iterdir()) == []
