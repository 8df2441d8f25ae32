"""The format `pyg`: Parquet files per node kind and edge type, read into PyTorch Geometric by `pyg_loader`."""

from __future__ import annotations

from pathlib import Path

from marketgraph.exports.edges import NUMBERS, TIMES
from marketgraph.exports.graph import held_graph, type_folder
from marketgraph.exports.manifest import Manifest
from marketgraph.exports.parquet_files import ParquetSink
from marketgraph.exports.snapshot import Snapshot

FORMAT, VERSION = "pyg", 1


def write_pyg(snapshot: Snapshot, folder: Path, *, rows_of_a_file: int) -> Manifest:
    """Write nodes/<kind>/part-*.parquet and edges/<src>__<relation>__<dst>/part-*.parquet.

    Nodes: vertex_id, community, the features with their nulls, label and masks; the n-th row of all parts is node n.
    Edges: src and dst are indices of nodes of the two kinds; then weight, evidence_count, recency, rarity, first_seen
    and last_seen (seconds since 1970, null: before the data).
    """
    with held_graph(snapshot, folder, rows_of_a_file=rows_of_a_file) as graph:
        nodes = [
            graph.write_nodes(kind, graph.node_rows(kind), ParquetSink((f"nodes/{kind}",)))
            for kind in snapshot.kinds
        ]
        sink = ParquetSink(tuple(f"edges/{type_folder(triple)}" for triple in graph.edges.types))
        edges, edge_files = graph.write_edges(sink, ("src", "dst", *NUMBERS, *TIMES))
        files = [*edge_files, *[file for _, own in nodes for file in own]]
        return graph.manifest(FORMAT, VERSION, nodes=[entry for entry, _ in nodes], edges=edges, files=files)
