"""How good the tables are where the right answer is known: the edges against what was planted."""

from __future__ import annotations

from pyspark.sql.types import BooleanType, DoubleType, LongType, StringType

from marketgraph.tables.contract import Column, Table
from marketgraph.tables.relations import RELATIONS

STRING, LONG, DOUBLE = StringType(), LongType(), DoubleType()
# How the values of a watched column are told apart: by size, of a closed set, by a hash, or only whether there is one.
WAYS = ("numbers", "values", "hashes", "nulls", "times")


def _pairs(name: str, meaning: str) -> Column:
    return Column(name, LONG, meaning, "pairs", minimum=0)


def _share(name: str, meaning: str) -> Column:
    return Column(name, DOUBLE, meaning, nullable=True, minimum=0, maximum=1)


EDGE_RECOVERY = Table(
    room="quality",
    name="edge_recovery",
    grain="one row per relation of the run that is to find a planted kind of group; none for a company's own data",
    key=("relation", "group_kind"),
    may_be_empty=True,
    columns=(
        Column("relation", STRING, "the relation", allowed=tuple(RELATIONS)),
        Column("group_kind", STRING, "kind of the planted groups that it is to find"),
        _pairs("pairs_planted", "pairs of members of such a group that the relation could join"),
        _pairs("pairs_found", "those of them that it joins"),
        _pairs("edges", "edges of the relation between entities of the members' kind"),
        _pairs("edges_planted", "those of them within a group that did wrong, whatever its kind"),
        _share("recall", "pairs_found of pairs_planted; null: nothing was planted"),
        _share("precision", "edges_planted of edges; null: there are no edges"),
    ),
)

RING_RANKING = Table(
    room="quality",
    name="ring_ranking",
    grain="one row per kind of planted group: how it stands in the 100 communities of the highest risk; none for a"
    " company's own data",
    key=("group_kind",),
    may_be_empty=True,
    columns=(
        Column("group_kind", STRING, "kind of the planted groups"),
        Column("guilty", BooleanType(), "whether they did wrong; false: innocent look-alikes"),
        Column("planted", LONG, "groups of that kind that the run knows two members of", "groups", minimum=0),
        Column("found", LONG, "those that a community of the top matches", "groups", minimum=0),
        Column("communities", LONG, "communities of the top that are such groups", "communities", minimum=0),
        Column(
            "top", LONG, "communities of the top, 100 or as many as have a score", "communities", minimum=0
        ),
        _share("recall", "found of planted; null: none planted, or innocent"),
    ),
)

PROFILES = Table(
    room="quality",
    name="profiles",
    grain="one row per watched column and bin that has rows: how its values are spread, for later dates to see",
    key=("table", "column", "bin"),
    may_be_empty=True,
    columns=(
        Column("table", STRING, "full name of the table"),
        Column("column", STRING, "the column"),
        Column("way", STRING, "how values are told apart: docs/quality.md", allowed=WAYS),
        Column("bin", LONG, "number of the bin; of numbers in their order, -20000 for null, -10000 for NaN"),
        Column("holds", STRING, "what is in the bin, in words; of text that is no closed set only a hash"),
        Column("rows", LONG, "rows of the slice", "rows", minimum=1),
    ),
)
