"""The format dgl, read back as DGL's partition tools read it, and held to the rules that they assert."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from tests.exports.shop import COMMUNITIES, FEATURES, VERTICES, expected_edges

Exported = Callable[[str], Path]
# tools/distpartitioning/utils.py: DATA_TYPE_ID
DTYPES = {"float32", "float64", "float16", "uint8", "int8", "int16", "int32", "int64"}


def metadata(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "metadata.json").read_text())


def array(folder: Path, told: dict[str, Any], key: str) -> np.ndarray:
    """As tools/distpartitioning/dataset_utils.py does: chunks one after the other, names from the input folder."""
    return np.concatenate([np.load(folder / name, allow_pickle=False) for name in told[key]["data"]])


def ends(folder: Path, told: dict[str, Any]) -> np.ndarray:
    """As tools/distpartitioning/dataset_utils.py does: two columns without a header, split at a space."""
    chunks = []
    for name in told["data"]:
        options = pa.csv.ReadOptions(autogenerate_column_names=True)
        table = pa.csv.read_csv(folder / name, options, pa.csv.ParseOptions(delimiter=" "))
        chunks.append(np.stack([table["f0"].to_numpy(), table["f1"].to_numpy()], axis=1))
    return np.concatenate(chunks)


def test_metadata_holds_to_the_rules_of_the_chunked_graph_format(exported: Exported) -> None:
    folder = exported("dgl")
    told = metadata(folder)
    assert set(told) == {
        "graph_name", "node_type", "num_nodes_per_chunk", "num_nodes_per_type", "edge_type", "num_edges_per_chunk",
        "num_edges_per_type", "edges", "node_data", "edge_data",
    }  # fmt: skip
    assert told["graph_name"] == "marketgraph-2024-03-01-abcdef12"
    assert len(told["num_nodes_per_chunk"]) == len(told["num_nodes_per_type"]) == len(told["node_type"])
    assert len(told["num_edges_per_chunk"]) == len(told["num_edges_per_type"]) == len(told["edge_type"])
    # validate_json_file: canonical names, files that are there, their endings and formats
    kinds = set(told["node_type"])
    for name in told["edge_type"]:
        src, _, dst = name.split(":")
        assert {src, dst} <= kinds
        spec = told["edges"][name]
        assert spec["format"] == {"name": "csv", "delimiter": " "}
        assert all((folder / file).is_file() and file.endswith(".csv") for file in spec["data"])
        # the guide: edges and their data are cut into the same number of files
        assert {len(data["data"]) for data in told["edge_data"][name].values()} == {len(spec["data"])}
    assert set(told["edges"]) == set(told["edge_type"])
    assert set(told["node_data"]) <= kinds
    for specs in (*told["node_data"].values(), *told["edge_data"].values()):
        for spec in specs.values():
            assert spec["format"] == {"name": "numpy"}
            assert all(file.endswith(".npy") for file in spec["data"])


def test_nothing_is_told_of_kinds_and_types_without_rows(exported: Exported) -> None:
    # _broadcast_shape stacks the shapes of what is not empty, and fails on nothing
    told = metadata(exported("dgl"))
    assert "content" not in told["node_type"]
    assert not [name for name in told["edge_type"] if "viewed_product" in name]
    assert all(
        min(chunks) > 0 for key in ("num_nodes_per_chunk", "num_edges_per_chunk") for chunks in told[key]
    )


def test_chunks_have_the_rows_and_types_that_dgl_can_send(exported: Exported) -> None:
    folder = exported("dgl")
    told = metadata(folder)
    of_nodes = ("node_type", "num_nodes_per_chunk", "node_data")
    of_edges = ("edge_type", "num_edges_per_chunk", "edge_data")
    for names, counts, data in (of_nodes, of_edges):
        for name, chunks in zip(told[names], told[counts], strict=True):
            for spec in told[data][name].values():
                arrays = [np.load(folder / file, allow_pickle=False) for file in spec["data"]]
                assert [len(one) for one in arrays] == chunks
                assert {one.ndim for one in arrays} <= {1, 2}
                assert {str(one.dtype) for one in arrays} <= DTYPES


def test_nodes_and_edges_are_those_of_the_tables(exported: Exported) -> None:
    folder = exported("dgl")
    told = metadata(folder)
    for kind in told["node_type"]:
        vertices, data = sorted(VERTICES[kind]), told["node_data"][kind]
        assert array(folder, data, "vertex_id").tolist() == vertices
        assert array(folder, data, "community").tolist() == [COMMUNITIES[v] for v in vertices]
        if kind in FEATURES:
            wanted = np.array(
                [[FEATURES[kind][v][0], FEATURES[kind][v][1] or 0] for v in vertices], dtype="f4"
            )
            assert np.array_equal(array(folder, data, "feat"), wanted)
            assert array(folder, data, "feat_null").tolist() == [
                [0, FEATURES[kind][v][1] is None] for v in vertices
            ]
    for name in told["edge_type"]:
        src_kind, relation, dst_kind = name.split(":")
        wanted = expected_edges(relation, src_kind, dst_kind)
        assert ends(folder, told["edges"][name]).tolist() == [list(edge[:2]) for edge in wanted]
        data = told["edge_data"][name]
        assert array(folder, data, "weight").tolist() == np.array([e[2] for e in wanted], dtype="f4").tolist()
        assert array(folder, data, "evidence_count").tolist() == [e[3] for e in wanted]
        assert array(folder, data, "first_seen").tolist() == [-1 if e[4] is None else e[4] for e in wanted]


def test_labels_and_masks_are_numbers(exported: Exported) -> None:
    folder = exported("dgl")
    data = metadata(folder)["node_data"]["merchant"]
    assert array(folder, data, "label").tolist() == [0, -1, 1]
    assert array(folder, data, "val_mask").tolist() == [1, 0, 0]
    assert array(folder, data, "test_mask").tolist() == [0, 0, 1]
    assert array(folder, data, "train_mask").tolist() == [0, 0, 0]
