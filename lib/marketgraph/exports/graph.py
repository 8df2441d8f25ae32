"""Writing a graph, whatever the format: its nodes kind by kind, its edges all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.exports.edges import Edges, edge_attributes, edges_of
from marketgraph.exports.labels import labelled
from marketgraph.exports.manifest import EdgeEntry, FileEntry, Manifest, NodeEntry
from marketgraph.exports.nodes import described, feature_names, node_rows, vertices_of
from marketgraph.exports.numbering import GROUP, ROW, Numbered
from marketgraph.exports.pieces import pieces_of, placed
from marketgraph.exports.snapshot import Snapshot
from marketgraph.exports.writing import Sink, write_pieces


@dataclass(frozen=True)
class Graph:
    """A graph held for its export: the numbered vertices and edges of a snapshot, and where it is written to."""

    snapshot: Snapshot
    vertices: Numbered
    edges: Edges
    folder: Path
    rows_of_a_file: int

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that have nodes."""
        counts = zip(self.snapshot.kinds, self.vertices.counts, strict=True)
        return tuple(kind for kind, count in counts if count)

    def node_rows(self, kind: str) -> DataFrame:
        """The nodes of a kind, as `nodes.node_rows` tells them."""
        return node_rows(self.snapshot, kind, self.vertices.frame)

    def write_nodes(self, kind: str, rows: DataFrame, sink: Sink) -> tuple[NodeEntry, list[FileEntry]]:
        """Write `node_rows` of a kind, or what a format makes of them in their order."""
        count = self.vertices.counts[self.snapshot.kinds.index(kind)]
        files = self.write(rows, [count], sink)
        told = self.node_rows(kind)
        entry = NodeEntry(
            kind=kind,
            nodes=count,
            features=described(told, feature_names(told), self.snapshot.contracts.get(f"features.{kind}s")),
            labelled=labelled(told),
            files=names_of(files),
        )
        return entry, files

    def write_edges(
        self, sink: Sink, columns: Sequence[str]
    ) -> tuple[tuple[EdgeEntry, ...], list[FileEntry]]:
        """The edges of all types, in one pass over them."""
        told = self.edges.rows
        files = self.write(told.frame.select(GROUP, ROW, *columns), told.counts, sink)
        by_folder: dict[str, list[str]] = {}
        for file in files:
            by_folder.setdefault(file.name.split("/")[1], []).append(file.name)
        entries = tuple(
            EdgeEntry(
                src_kind=src,
                relation=relation,
                dst_kind=dst,
                edges=count,
                files=tuple(by_folder.get(type_folder((src, relation, dst)), ())),
            )
            for (src, relation, dst), count in zip(self.edges.types, told.counts, strict=True)
        )
        return entries, files

    def write(self, rows: DataFrame, counts: Sequence[int], sink: Sink) -> list[FileEntry]:
        """Rows (ROW, …; GROUP where there are several) in files of at most `rows_of_a_file` rows."""
        grouped = rows if GROUP in rows.columns else rows.withColumn(GROUP, F.lit(0))
        pieces = pieces_of(counts, self.rows_of_a_file)
        return write_pieces(placed(grouped, counts, self.rows_of_a_file), pieces, sink, self.folder)

    def manifest(
        self,
        name: str,
        version: int,
        *,
        nodes: Sequence[NodeEntry],
        edges: Sequence[EdgeEntry],
        files: Sequence[FileEntry],
    ) -> Manifest:
        """What was written, for whoever reads it."""
        return Manifest(
            format=name,
            format_version=version,
            release=self.snapshot.release,
            as_of=str(self.snapshot.as_of),
            nodes=tuple(nodes),
            edge_attributes=edge_attributes(),
            edges=tuple(edges),
            left_out=self.edges.left_out,
            files=tuple(sorted(files, key=lambda file: file.name)),
        )


@contextmanager
def held_graph(snapshot: Snapshot, folder: Path, *, rows_of_a_file: int) -> Iterator[Graph]:
    """The graph of a snapshot; what Spark holds of it is let go of at the end. Raises StoreError without edges."""
    vertices = vertices_of(snapshot)
    try:
        edges = edges_of(snapshot, vertices.frame)
        try:
            yield Graph(snapshot, vertices, edges, folder, rows_of_a_file)
        finally:
            edges.rows.release()
    finally:
        vertices.release()


def type_folder(triple: tuple[str, str, str]) -> str:
    """The folder of an edge type: its three names, which have no double underscore themselves."""
    return "__".join(triple)


def names_of(files: Sequence[FileEntry]) -> tuple[str, ...]:
    """The files' names, sorted."""
    return tuple(sorted(file.name for file in files))
