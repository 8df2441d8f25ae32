"""The motif tables: how often each declared pattern is there, and the strongest instances."""

from __future__ import annotations

from pyspark.sql.types import ArrayType, DoubleType, LongType, StringType

from marketgraph.tables.contract import Column, Table

LONG, TEXT = LongType(), StringType()
STATES = {
    "found": "it is there",
    "none": "it was looked for, and is not there",
    "absent": "it can't be looked for: the sources do not tell of what it is made of",
}

INSTANCES = Table(
    room="motifs",
    name="instances",
    grain="one row per instance of a motif, of each motif the strongest",
    key=("motif", "rank"),
    may_be_empty=True,
    columns=(
        Column("motif", TEXT, "its name in the config"),
        Column("rank", LONG, "1 for the strongest; of equal ones the smaller vertices first", minimum=1),
        Column("roles", ArrayType(TEXT), "names of the pattern's vertices, by name"),
        Column("vertices", ArrayType(LONG), "the vertex of each role"),
        Column("relations", ArrayType(TEXT), "that its edges are of, each once, by name"),
        Column("strength", DoubleType(), "sum of the weights of its edges", minimum=0),
    ),
)
COUNTS = Table(
    room="motifs",
    name="counts",
    grain="one row per declared motif",
    key=("motif",),
    may_be_empty=True,
    columns=(
        Column("motif", TEXT, "its name in the config"),
        Column("state", TEXT, "whether it is there", allowed=tuple(STATES)),
        Column("instances", LONG, "of it, all of them", "instances", minimum=0),
        Column("told", LONG, "of these in motifs.instances", "instances", minimum=0),
        Column("why", TEXT, "why it can't be looked for; null: it can", nullable=True),
    ),
)
MOTIF_TABLES = (INSTANCES, COUNTS)
