"""The format `graphstorm`: the input configuration of GraphStorm's distributed processing, with Parquet files.

Source: GraphStorm documentation, GSProcessing input configuration, and graphstorm_processing/config of the
awslabs/graphstorm repository, which reads `dest` and `valid` where the prose says `destination` and `val`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import functions as F

from marketgraph.exports.edges import NUMBERS, TIMES
from marketgraph.exports.graph import Graph, held_graph, names_of, type_folder
from marketgraph.exports.graphstorm_config import (
    CONFIG,
    CustomSplit,
    Data,
    Edge,
    End,
    Feature,
    GraphStorm,
    Kwargs,
    Label,
    Node,
    Relation,
    Structure,
    Transformation,
)
from marketgraph.exports.labels import MASKS
from marketgraph.exports.manifest import ColumnEntry, EdgeEntry, FileEntry, Manifest, NodeEntry
from marketgraph.exports.nodes import VERTEX
from marketgraph.exports.numbering import GROUP, numbered
from marketgraph.exports.parquet_files import ParquetSink
from marketgraph.exports.snapshot import Snapshot
from marketgraph.exports.writing import entry_of

FORMAT, VERSION = "graphstorm", 1
_SPLITS = {"train": "train", "validation": "valid", "test": "test"}


def write_graphstorm(snapshot: Snapshot, folder: Path, *, rows_of_a_file: int) -> Manifest:
    """Write gsprocessing-config.json, nodes/<kind>/, edges/<type>/, and splits/<kind>/ where there are labels.

    Ids are vertex ids: GraphStorm numbers nodes itself and keeps the map to the ids that it was given, which with
    vertex ids stays true from release to release. Kinds without nodes and types without edges are left out.
    """
    with held_graph(snapshot, folder, rows_of_a_file=rows_of_a_file) as graph:
        written = [_write_nodes(graph, kind) for kind in graph.kinds]
        sink = ParquetSink(tuple(f"edges/{type_folder(triple)}" for triple in graph.edges.types))
        edges, edge_files = graph.write_edges(sink, ("src_vertex", "dst_vertex", *NUMBERS, *TIMES))
        nodes = tuple(_node(one.entry, one.splits) for one in written)
        told = GraphStorm(graph=Structure(nodes=nodes, edges=tuple(_edge(e) for e in edges if e.edges)))
        (folder / CONFIG).write_text(told.text(), encoding="utf-8")
        node_files = [file for one in written for file in (*one.files, *one.splits)]
        files = [*node_files, *edge_files, entry_of(folder, CONFIG, 1)]
        return graph.manifest(FORMAT, VERSION, nodes=[one.entry for one in written], edges=edges, files=files)


@dataclass(frozen=True)
class _Written:
    """One kind's nodes, their files, and the files of their splits."""

    entry: NodeEntry
    files: list[FileEntry]
    splits: list[FileEntry]


def _write_nodes(graph: Graph, kind: str) -> _Written:
    rows = graph.node_rows(kind).drop(*MASKS)
    entry, files = graph.write_nodes(kind, rows, ParquetSink((f"nodes/{kind}",)))
    return _Written(entry, files, _write_splits(graph, kind) if entry.labelled else [])


def _write_splits(graph: Graph, kind: str) -> list[FileEntry]:
    """splits/<kind>/<split>/part-*.parquet: the vertex ids of each split."""
    number = F.coalesce(*[F.when(F.col(mask), F.lit(n)) for n, mask in enumerate(MASKS)])
    rows = graph.node_rows(kind).select(number.alias(GROUP), VERTEX).where(F.col(GROUP).isNotNull())
    of = numbered(rows, [VERTEX], groups=len(MASKS))
    try:
        folders = tuple(f"splits/{kind}/{_SPLITS[split]}" for split in MASKS.values())
        return graph.write(of.frame, of.counts, ParquetSink(folders))
    finally:
        of.release()


def _node(entry: NodeEntry, splits: list[FileEntry]) -> Node:
    labels = (_label(entry.kind, splits),) if splits else ()
    features = tuple(_feature(feature) for feature in entry.features)
    return Node(
        data=Data(files=entry.files), column=VERTEX, type=entry.kind, features=features, labels=labels
    )


def _label(kind: str, splits: list[FileEntry]) -> Label:
    found = {
        split: names_of([file for file in splits if file.name.startswith(f"splits/{kind}/{split}/")])
        for split in _SPLITS.values()
    }
    return Label(
        column="label",
        type="classification",
        custom_split_filenames=CustomSplit(column=(VERTEX,), **found),
    )


def _feature(feature: ColumnEntry) -> Feature:
    """As it is where it is never null, else with the mean in place of null."""
    if feature.nullable:
        told = Transformation(name="numerical", kwargs=Kwargs(imputer="mean", normalizer="none"))
        return Feature(column=feature.name, transformation=told)
    return Feature(column=feature.name, transformation=Transformation(name="no-op"))


def _edge(entry: EdgeEntry) -> Edge:
    """Times are in the files, but no features: GraphStorm makes features float32, which can't tell seconds apart."""
    features = tuple(Feature(column=name, transformation=Transformation(name="no-op")) for name in NUMBERS)
    return Edge(
        data=Data(files=entry.files),
        source=End(column="src_vertex", type=entry.src_kind),
        dest=End(column="dst_vertex", type=entry.dst_kind),
        relation=Relation(type=entry.relation),
        features=features,
    )
