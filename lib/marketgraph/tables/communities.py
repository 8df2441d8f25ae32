"""The community tables: labels and components, one row per vertex of the run, and how the labels were found."""

from __future__ import annotations

from pyspark.sql.types import DoubleType, IntegerType, LongType, StringType

from marketgraph.tables.contract import Column, Table

# Why label propagation ends.
STOPS = {
    "converged": "no vertex changed",
    "few_changes": "fewer vertices changed than least_changed asks for",
    "oscillating": "two states take turns for ever",
    "collapsed": "the largest community passed largest_share, and the iterate of the best modularity is kept",
    "max_iterations": "max_iterations was reached",
}

INT, LONG, DOUBLE, TEXT = IntegerType(), LongType(), DoubleType(), StringType()


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
ITERATIONS = Table(
    room="communities",
    name="iterations",
    grain="one row per iteration of label propagation",
    key=("iteration",),
    columns=(
        Column("iteration", INT, "1 for the first", minimum=1),
        Column("changed", LONG, "vertices that took another label", minimum=0),
        Column("share", DOUBLE, "changed, of the vertices that have an edge", minimum=0, maximum=1),
        Column(
            "seconds",
            DOUBLE,
            "how long it took; the one column that differs between equal runs",
            "s",
            minimum=0,
        ),
    ),
)
PARTITION = Table(
    room="communities",
    name="partition",
    grain="one row: what the communities are like, over the vertices that have an edge",
    key=("labels_hash",),
    columns=(
        Column("labels_hash", TEXT, "of all vertices and labels: the same for the same labels"),
        Column("stopped", TEXT, "why it ended", allowed=tuple(STOPS)),
        Column("iterations", INT, "made", minimum=0),
        Column("kept", INT, "iteration whose labels are given", minimum=0),
        Column("vertices", LONG, "that have an edge", minimum=0),
        Column("communities", LONG, "of these vertices", minimum=0),
        Column("size_p50", LONG, "vertices of the median community", minimum=0),
        Column("size_p90", LONG, "of the community at the 90th percentile", minimum=0),
        Column("size_p99", LONG, "of the community at the 99th percentile", minimum=0),
        Column("size_max", LONG, "of the largest community", minimum=0),
        Column("modularity", DOUBLE, "Newman and Girvan (2004)", minimum=-1, maximum=1),
        Column("coverage", DOUBLE, "share of the votes that stay within a community", minimum=0, maximum=1),
        Column("conductance", DOUBLE, "mean share of votes that leave a community", minimum=0, maximum=1),
    ),
)
