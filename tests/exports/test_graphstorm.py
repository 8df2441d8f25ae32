"""The format graphstorm, held to the rules of GSProcessing's own parser, and read back as it reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from marketgraph.exports.graphstorm_config import CONFIG, CustomSplit, GraphStorm
from tests.exports.shop import EDGES, FEATURES, VERTICES, epoch

Exported = Callable[[str], Path]


def config(folder: Path) -> dict[str, Any]:
    return json.loads((folder / CONFIG).read_text())


def rows(folder: Path, data: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for name in data["files"] for row in pq.read_table(folder / name).to_pylist()]


def test_the_configuration_is_what_gsprocessing_parses(exported: Exported) -> None:
    folder = exported("graphstorm")
    told = config(folder)
    assert told["version"] == "gsprocessing-v1.0"
    GraphStorm.model_validate(told)
    nodes, edges = told["graph"]["nodes"], told["graph"]["edges"]
    types = {node["type"] for node in nodes}
    assert types == {"merchant", "product", "creator", "buyer"}
    for one in (*nodes, *edges):
        # StructureConfig: a format it knows, a list of relative names
        assert one["data"]["format"] == "parquet"
        assert all(
            not Path(name).is_absolute() and (folder / name).is_file() for name in one["data"]["files"]
        )
    for edge in edges:
        # EdgeConfig reads `dest`, though the documentation's prose says destination
        assert {edge["source"]["type"], edge["dest"]["type"]} <= types
        columns = set(rows(folder, edge["data"])[0])
        wanted = {edge["source"]["column"], edge["dest"]["column"], *[f["column"] for f in edge["features"]]}
        assert wanted <= columns
    for node in nodes:
        wanted = {node["column"], *[feature["column"] for feature in node["features"]]}
        assert wanted <= set(rows(folder, node["data"])[0])


def test_a_feature_that_may_be_null_has_the_mean_in_its_place(exported: Exported) -> None:
    merchants = config(exported("graphstorm"))["graph"]["nodes"][0]
    assert merchants["features"] == [
        {"column": "orders_30d", "transformation": {"name": "no-op"}},
        {
            "column": "refund_share_30d",
            "transformation": {
                "name": "numerical",
                "kwargs": {"imputer": "mean", "normalizer": "none", "out_dtype": "float32"},
            },
        },
    ]


def test_nodes_and_edges_are_those_of_the_tables_by_vertex_id(exported: Exported) -> None:
    folder = exported("graphstorm")
    graph = config(folder)["graph"]
    for node in graph["nodes"]:
        found = rows(folder, node["data"])
        assert [row["vertex_id"] for row in found] == sorted(VERTICES[node["type"]])
        if node["type"] in FEATURES:
            told = {row["vertex_id"]: (row["orders_30d"], row["refund_share_30d"]) for row in found}
            assert told == FEATURES[node["type"]]
    entities = {vertex for own in VERTICES.values() for vertex in own}
    wanted = {
        (name, src, dst, weight, count, epoch(first), epoch(last))
        for name, edges in EDGES.items()
        for src, dst, _, _, weight, count, first, last in edges
        if dst in entities
    }
    names = ("src_vertex", "dst_vertex", "weight", "evidence_count", "first_seen", "last_seen")
    assert wanted == {
        (edge["relation"]["type"], *[row[name] for name in names])
        for edge in graph["edges"]
        for row in rows(folder, edge["data"])
    }


def test_each_split_is_files_of_vertex_ids(exported: Exported) -> None:
    folder = exported("graphstorm")
    nodes = {node["type"]: node for node in config(folder)["graph"]["nodes"]}
    (label,) = nodes["merchant"]["labels"]
    split = label["custom_split_filenames"]
    assert (label["column"], label["type"], split["column"]) == ("label", "classification", ["vertex_id"])
    # the parser reads `valid`, though the documentation says val
    assert {name: rows(folder, {"files": split[name]}) for name in ("train", "valid", "test")} == {
        "train": [],
        "valid": [{"vertex_id": 2}],
        "test": [{"vertex_id": 11}],
    }
    assert [row["label"] for row in rows(folder, nodes["merchant"]["data"])] == [0, None, 1]
    assert nodes["buyer"]["labels"] == []


def test_a_split_of_nothing_is_no_split() -> None:
    with pytest.raises(ValidationError, match="none of train, valid and test has a file"):
        CustomSplit(column=("vertex_id",), train=(), valid=(), test=())
