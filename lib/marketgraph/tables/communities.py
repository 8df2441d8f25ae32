"""The community tables: labels and connected components, one row per vertex of the run."""

from __future__ import annotations

from pyspark.sql.types import LongType

from marketgraph.tables.contract import Column, Table

LONG = LongType()


def _per_vertex(name: str, column: str, meaning: str) -> Table:
    return Table(
        room="communities",
        name=name,
        grain="one row per vertex of the run, isolated ones too",
        key=("vertex_id",),
        columns=(
            Column("vertex_id", LONG, "the vertex", minimum=0),
            Column(column, LONG, meaning, minimum=0),
        ),
    )


LABELS = _per_vertex("labels", "label", "its community by label propagation: the vertex that gave the label")
COMPONENTS = _per_vertex("components", "component", "its connected component: the smallest vertex id in it")
