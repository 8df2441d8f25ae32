"""The format pyg, read back: by the loader to numpy, and, where it is installed, by the real torch_geometric."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from marketgraph.errors import SourceError
from marketgraph.exports.export import export
from marketgraph.exports.manifest import read_manifest
from marketgraph.exports.pyg_loader import NOTHING, load_arrays, load_hetero
from marketgraph.exports.snapshot import Snapshot
from tests.exports.shop import COMMUNITIES, EDGES, FEATURES, VERTICES, expected_edges, without

Exported = Callable[[str], Path]
TYPES = {
    ("merchant", "sells", "product"),
    ("merchant", "shares_device", "merchant"),
    ("merchant", "shares_device", "buyer"),
    ("buyer", "bought_product", "product"),
}


def test_node_rows_are_in_the_order_of_vertex_ids_with_their_own_features(exported: Exported) -> None:
    nodes = load_arrays(exported("pyg"), dtype=np.float64).nodes
    # nobody has listed a content
    assert set(nodes) == {"merchant", "product", "creator", "buyer"}
    for kind, found in nodes.items():
        vertices = sorted(VERTICES[kind])
        assert found.vertex_id.tolist() == vertices
        assert found.community.tolist() == [COMMUNITIES[v] for v in vertices]
        told = FEATURES.get(kind)
        assert found.features == (("orders_30d", "refund_share_30d") if told else ())
        if told:
            assert found.x.tolist() == [[told[v][0], told[v][1] or 0.0] for v in vertices]
            assert found.x_null.tolist() == [[False, told[v][1] is None] for v in vertices]


def test_edges_join_the_vertices_of_the_tables(exported: Exported) -> None:
    edges = load_arrays(exported("pyg"), dtype=np.float64).edges
    assert set(edges) == TYPES
    for (src_kind, relation, dst_kind), found in edges.items():
        wanted = expected_edges(relation, src_kind, dst_kind)
        assert found.edge_index.T.tolist() == [list(edge[:2]) for edge in wanted]
        assert found.edge_attr[:, :2].tolist() == [list(edge[2:4]) for edge in wanted]
        assert found.edge_attr[:, 2:].tolist() == [[0.5, 1.0]] * len(wanted)
        for name, place in (("first_seen", 4), ("last_seen", 5)):
            times = [NOTHING if edge[place] is None else edge[place] for edge in wanted]
            assert getattr(found, name).tolist() == times


def test_edges_to_hubs_are_counted_and_left_out(exported: Exported) -> None:
    told = read_manifest(exported("pyg"))
    assert told.left_out == {"shares_device": 2}
    assert sum(edge.edges for edge in told.edges) + 2 == sum(map(len, EDGES.values()))


def test_the_latest_moment_of_a_merchant_tells_its_label_and_split(exported: Exported) -> None:
    nodes = load_arrays(exported("pyg")).nodes
    merchants = nodes["merchant"]  # 2, 7, 11
    assert merchants.y is not None
    assert merchants.y.tolist() == [0, NOTHING, 1]
    masks = (merchants.train_mask, merchants.val_mask, merchants.test_mask)
    assert [mask.tolist() for mask in masks if mask is not None] == [
        [False, False, False],
        [True, False, False],
        [False, False, True],
    ]
    assert nodes["buyer"].y is None
    entries = {entry.kind: entry.labelled for entry in read_manifest(exported("pyg")).nodes}
    assert entries["merchant"] == {"train": 0, "val": 1, "test": 1}
    assert entries["buyer"] is None


def test_the_manifest_says_what_a_feature_means(exported: Exported) -> None:
    merchants = read_manifest(exported("pyg")).nodes[0]
    told = [(f.name, f.type, f.meaning, f.unit, f.nullable) for f in merchants.features]
    assert told == [
        ("orders_30d", "bigint", "orders in 30 days", "count", False),
        ("refund_share_30d", "double", "refunds of orders; null: no orders", "share", True),
    ]
    assert merchants.nodes == 3
    assert len(merchants.files) == 2


def test_a_release_without_training_sets_or_features_has_bare_nodes(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    export(without(snapshot, "training", "features", "communities"), "pyg", tmp_path / "out")
    merchants = load_arrays(tmp_path / "out").nodes["merchant"]
    assert merchants.x.shape == (3, 0)
    assert merchants.y is None
    assert merchants.community.tolist() == [NOTHING] * 3


def test_a_file_that_was_changed_on_the_way_is_named(snapshot: Snapshot, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(snapshot, "pyg", folder)
    load_arrays(folder, check_files=True)
    (name,) = read_manifest(folder).nodes[0].files
    path = folder / name
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(SourceError, match=r"nodes/merchant/part-00000\.parquet: missing, or not the bytes"):
        load_arrays(folder, check_files=True)


def test_a_folder_that_is_no_export_of_the_format_is_refused(exported: Exported, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no export"):
        load_arrays(tmp_path)
    with pytest.raises(SourceError, match="an export in format dgl, wanted pyg"):
        load_arrays(exported("dgl"))


def test_the_loader_wants_neither_spark_nor_torch_until_it_is_asked_for_tensors() -> None:
    code = (
        "import sys, marketgraph.exports.pyg_loader;"
        "print(sorted({'pyspark', 'torch', 'torch_geometric', 'py4j'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_torch_the_message_says_what_to_install(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r'pip install "marketgraph\[pyg\]"'):
        load_hetero(exported("pyg"))


def test_torch_geometric_takes_the_graph(exported: Exported) -> None:
    why = "the extra pyg is not installed (torch for Linux comes with CUDA, 3 GB): see docs/exports.md"
    torch = pytest.importorskip("torch", reason=why)
    pytest.importorskip("torch_geometric", reason=why)
    data = load_hetero(exported("pyg"))
    arrays = load_arrays(exported("pyg"))
    assert data.validate(raise_on_error=True)
    assert set(data.node_types) == set(arrays.nodes)
    assert set(data.edge_types) == TYPES
    for kind, nodes in arrays.nodes.items():
        assert data[kind].num_nodes == len(nodes.vertex_id)
        assert data[kind].x.dtype == torch.float32
        assert np.array_equal(data[kind].x.numpy(), nodes.x)
        assert np.array_equal(data[kind].vertex_id.numpy(), nodes.vertex_id)
    for triple, edges in arrays.edges.items():
        assert data[triple].edge_index.dtype == torch.int64
        assert np.array_equal(data[triple].edge_index.numpy(), edges.edge_index)
    assert data.features["merchant"] == ["orders_30d", "refund_share_30d"]
    assert data["merchant"].val_mask.tolist() == [True, False, False]
    assert data["merchant"].y[data["merchant"].test_mask].tolist() == [1]
