"""The format `dgl`: DGL's chunked graph format, which its distributed partition pipeline takes.

Source: DGL user guide, chapter 7.1 (chunked graph format), and tools/distpartitioning of the dmlc/dgl repository: the
guide's later edition counts nodes and edges per type, earlier tools count them per chunk; metadata.json has both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marketgraph.exports.dgl_files import EDGE_ARRAYS, EdgeSink, NodeSink, node_arrays
from marketgraph.exports.graph import Graph, held_graph, type_folder
from marketgraph.exports.manifest import EdgeEntry, FileEntry, Manifest, NodeEntry
from marketgraph.exports.pieces import pieces_of
from marketgraph.exports.snapshot import Snapshot
from marketgraph.exports.writing import entry_of

FORMAT, VERSION, METADATA = "dgl", 1, "metadata.json"


def write_dgl(snapshot: Snapshot, folder: Path, *, rows_of_a_file: int) -> Manifest:
    """Write metadata.json, edges/<type>/*.csv, edge_data/<type>/*.npy and node_data/<kind>/*.npy.

    Kinds without nodes and types without edges are left out of metadata.json: DGL's reader stacks the shapes of what
    there is, and fails on none. Names of files are relative to the folder, which is dispatch_data.py's --in-dir.
    """
    with held_graph(snapshot, folder, rows_of_a_file=rows_of_a_file) as graph:
        nodes, node_files = _write_nodes(graph)
        folders = tuple(type_folder(triple) for triple in graph.edges.types)
        edges, edge_files = graph.write_edges(EdgeSink(folders), ("src", "dst", *EDGE_ARRAYS))
        told = _metadata(snapshot, nodes, [entry for entry in edges if entry.edges], rows_of_a_file)
        (folder / METADATA).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        files = [*node_files, *edge_files, entry_of(folder, METADATA, 1)]
        return graph.manifest(FORMAT, VERSION, nodes=nodes, edges=edges, files=files)


def _write_nodes(graph: Graph) -> tuple[list[NodeEntry], list[FileEntry]]:
    nodes, files = [], []
    for kind in graph.kinds:
        rows = graph.node_rows(kind)
        entry, own = graph.write_nodes(kind, rows, NodeSink((f"node_data/{kind}",), node_arrays(rows)))
        nodes.append(entry)
        files += own
    return nodes, files


def _metadata(
    snapshot: Snapshot, nodes: Sequence[NodeEntry], edges: Sequence[EdgeEntry], rows_of_a_file: int
) -> Mapping[str, Any]:
    types = {":".join(entry.triple): entry for entry in edges}
    return {
        "graph_name": f"marketgraph-{snapshot.release}",
        "node_type": [entry.kind for entry in nodes],
        "num_nodes_per_chunk": [_chunks(entry.nodes, rows_of_a_file) for entry in nodes],
        "num_nodes_per_type": [entry.nodes for entry in nodes],
        "edge_type": list(types),
        "num_edges_per_chunk": [_chunks(entry.edges, rows_of_a_file) for entry in edges],
        "num_edges_per_type": [entry.edges for entry in edges],
        "edges": {name: _csv(entry.files) for name, entry in types.items()},
        "node_data": {entry.kind: _arrays(entry.files) for entry in nodes},
        "edge_data": {name: _arrays(entry.files) for name, entry in types.items()},
    }


def _chunks(rows: int, rows_of_a_file: int) -> list[int]:
    return [piece.rows for piece in pieces_of([rows], rows_of_a_file)]


def _csv(files: Sequence[str]) -> Mapping[str, Any]:
    names = [name for name in files if name.endswith(".csv")]
    return {"format": {"name": "csv", "delimiter": " "}, "data": names}


def _arrays(files: Sequence[str]) -> Mapping[str, Any]:
    """Name of the array → its chunks; files are `<folder>/<array>-00000.npy`, in the order of their parts."""
    found: dict[str, list[str]] = {}
    for name in files:
        if name.endswith(".npy"):
            array = name.rsplit("/", 1)[-1].rsplit("-", 1)[0]
            found.setdefault(array, []).append(name)
    return {array: {"format": {"name": "numpy"}, "data": chunks} for array, chunks in found.items()}
