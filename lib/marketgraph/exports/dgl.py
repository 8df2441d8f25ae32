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
from marketgraph.exports.graph import held_graph, type_folder
from marketgraph.exports.manifest import Manifest
from marketgraph.exports.pieces import pieces_of
from marketgraph.exports.snapshot import Snapshot
from marketgraph.exports.writing import entry_of

FORMAT, VERSION, METADATA = "dgl", 1, "metadata.json"


def write_dgl(snapshot: Snapshot, folder: Path, *, rows_of_a_file: int) -> Manifest:
    """Write metadata.json, edges/<type>/*.csv, edge_data/<type>/*.npy and node_data/<kind>/*.npy.

    Kinds without nodes and types without edges are left out: DGL's reader stacks the shapes of what there is, and
    fails on none. Names of files are relative to the folder, which is dispatch_data.py's --in-dir.
    """
    with held_graph(snapshot, folder, rows_of_a_file=rows_of_a_file) as graph:
        kinds = [k for k, count in zip(snapshot.kinds, graph.vertices.counts, strict=True) if count]
        nodes, node_files = [], []
        for kind in kinds:
            rows = graph.node_rows(kind)
            entry, files = graph.write_nodes(kind, rows, NodeSink((f"node_data/{kind}",), node_arrays(rows)))
            nodes.append(entry)
            node_files += files
        folders = tuple(type_folder(triple) for triple in graph.edges.types)
        all_edges, edge_files = graph.write_edges(EdgeSink(folders), ("src", "dst", *EDGE_ARRAYS))
        edges = [entry for entry in all_edges if entry.edges]
        node_chunks = {entry.kind: _chunks(entry.nodes, rows_of_a_file) for entry in nodes}
        edge_chunks = {":".join(e.triple): _chunks(e.edges, rows_of_a_file) for e in edges}
        told = {
            "graph_name": f"marketgraph-{snapshot.release}",
            "node_type": list(node_chunks),
            "num_nodes_per_chunk": list(node_chunks.values()),
            "num_nodes_per_type": [sum(chunks) for chunks in node_chunks.values()],
            "edge_type": list(edge_chunks),
            "num_edges_per_chunk": list(edge_chunks.values()),
            "num_edges_per_type": [sum(chunks) for chunks in edge_chunks.values()],
            "edges": {":".join(e.triple): _csv(e.files) for e in edges},
            "node_data": {entry.kind: _arrays(entry.files) for entry in nodes},
            "edge_data": {":".join(e.triple): _arrays(e.files) for e in edges},
        }
        (folder / METADATA).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        files = [*node_files, *edge_files, entry_of(folder, METADATA, len(nodes) + len(edges))]
        return graph.manifest(FORMAT, VERSION, nodes=nodes, edges=all_edges, files=files)


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
