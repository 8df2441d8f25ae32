"""Where a table can name an entity, found from its contract: what an erasure has to look at.

By references and ids in the sources, by vertex ids behind them. A column that could hold a name and of which nothing is
decided is told by `undecided`: an erasure refuses such a table, and a test fails when a contract gets one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pyspark.sql.types import ArrayType, DataType, LongType, MapType, StringType

from marketgraph.tables.contract import ENTITY, Column, Table
from marketgraph.tables.relations import GROUPED, SHARING
from marketgraph.tables.sources import ENTITY_KINDS

How = Literal[
    "id", "pair", "child", "vertex", "subject", "path", "steps", "names", "words", "examples", "group", "map"
]
HOW: dict[How, str] = {
    "id": "the id of an entity of one kind: the row goes; where the column may be null, the id does",
    "pair": "kind and id: the row goes",
    "child": "a row of another source table that has gone: the row goes; where the column may be null, the name does",
    "vertex": "a vertex id: the row goes",
    "subject": "a vertex id where the subject is an entity: the row goes",
    "path": "vertex ids that the row is made of: the row goes",
    "steps": "vertex ids, one for each step: the step goes out of all arrays of the row; without steps the row goes",
    "names": "kind:id, one for each element: the element goes",
    "words": "a raw row with the id in it as a word: the row goes",
    "examples": "rows at fault, told as column=value: the element goes",
    "group": "what a group has in common, a vertex or an order: the row goes",
    "map": "the map of ids: the id goes, its number stays and is never given again",
}


@dataclass(frozen=True)
class Place:
    """One way in which rows of a table name an entity.

    columns: in which. kind: of entity, where it is told by the column; table: the short name of the source table whose
    row is named. nullable: the name can be taken out, and the row stays.
    """

    how: How
    columns: tuple[str, ...]
    kind: str = ""
    table: str = ""
    nullable: bool = False


SOURCE_OF = {f"{kind}s": kind for kind in ENTITY_KINDS}
# Names of columns that hold a vertex id, or arrays of them, wherever they stand.
VERTEX_COLUMNS = ("vertex_id", "src", "dst", "neighbour", "seed")
PATH_COLUMNS, STEP_COLUMNS = ("vertices",), ("objects", "actors")
# A number that was a vertex's and is the name of a group of others: it says nothing once the map has no id for it.
GROUP_NAMES = ("label", "component", "community", "community_id", "previous_id", "first_vertex")
# Tables of which the columns' names do not tell enough.
SPECIAL: dict[str, tuple[Place, ...]] = {
    "entities.vertex_ids": (Place("map", ("entity_kind", "entity_id", "vertex_id")),),
    "quality.quarantine": (Place("words", ("raw_row", "bad_value")),),
    "quality.checks": (Place("examples", ("examples",)),),
    "edges.suppressed": (Place("group", ("relation", "value")),),
    "evidence.identifiers": (Place("names", ("others",)), Place("subject", ("subject", "subject_id"))),
}
# What a group of a relation has in common, as edges.suppressed has it.
GROUPS_BY_ORDER = ("bought_together",)
GROUPS_BY_VERTEX = ("same_buyers", "features_same_merchants", "reviewed_together", "bursts")
GROUPS_BY_NOBODY = (*SHARING, "look_alike_titles", "look_alike_images", "look_alike_measures")
# Columns of text, long numbers, arrays and maps that name no entity: facts of the row, counts, names of other things.
_OF_A_ROW = """
    name country city title category image_hash measures status currency method verb properties kind
    review_id event_id value previous_value
"""
_OF_TIES_AND_FINDINGS = """
    relation src_kind dst_kind domain code rank count holders groups policy pairs_not_made visits evidence_count hops
    relations within subject motif roles state told why neighbour_kind changed event overlap size size_before kept
    born continued grown shrunk merged died communities communities_before members vertices labels_hash stopped
    size_p50 size_p90 size_p99 size_max density growth new_members age_days main_relation relation_shares countries
    shared_identifiers rarest_kind rarest_value rarest_holders known_violations seeds instances method split
    label_kind finding limit severity group_kind pairs_planted pairs_found edges edges_planted planted found top
"""
_OF_SEQUENCES_AND_CHECKS = """
    gaps times verbs object_kinds actor_kinds prices field token
    table column columns check observed expected rows unexpected_count reason source_file compared_with way bin holds
"""
_OF_RUNS = """
    run_id position stage command exit_code error release_id config_hash code_version spark_version spark_application
    spark_master
"""
NOBODY = frozenset(" ".join((_OF_A_ROW, _OF_TIES_AND_FINDINGS, _OF_SEQUENCES_AND_CHECKS, _OF_RUNS)).split())
# Their other columns are numbers of one entity each, named by the config.
OF_FEATURES = ("features", "training")


def places_of(table: Table) -> tuple[Place, ...]:
    """Every way in which rows of the table name an entity; none for a table of counts."""
    if table.full_name in SPECIAL:
        return SPECIAL[table.full_name]
    return tuple(dict.fromkeys((*_by_reference(table), *_by_id(table), *_by_vertex(table))))


def undecided(table: Table) -> list[str]:
    """Columns that could name an entity, and of which nothing is said here."""
    decided = {name for place in places_of(table) for name in place.columns}
    decided |= {table.key[0]} if table.room == "sources" and table.key else set()
    return [
        column.name
        for column in table.columns
        if _could_name(column.type)
        and column.name not in decided
        and column.name not in NOBODY
        and column.name not in GROUP_NAMES
        and not (column.name.endswith("_kind") or column.name in {f"{kind}s" for kind in ENTITY_KINDS})
        and not _is_count(table, column)
    ]


def groups_undecided() -> list[str]:
    """Relations in groups of which it is not said what the groups have in common."""
    known = {*GROUPS_BY_ORDER, *GROUPS_BY_VERTEX, *GROUPS_BY_NOBODY}
    return [name for name in GROUPED if name not in known]


def _by_reference(table: Table) -> Iterator[Place]:
    for reference in table.references:
        nullable = table.column(reference.columns[-1]).nullable
        if reference.table == ENTITY:
            yield Place("pair", reference.columns)
        elif reference.table in SOURCE_OF:
            yield Place("id", reference.columns, kind=SOURCE_OF[reference.table], nullable=nullable)
        else:
            yield Place("child", reference.columns, table=reference.table, nullable=nullable)


def _by_id(table: Table) -> Iterator[Place]:
    """An entity's own row, in the sources and after them."""
    kind = SOURCE_OF.get(table.name)
    own = f"{kind}_id"
    if kind is not None and own in {column.name for column in table.columns}:
        yield Place("id", (own,), kind=kind)


def _by_vertex(table: Table) -> Iterator[Place]:
    names = {column.name: column.type for column in table.columns}
    for name in names:
        if name in VERTEX_COLUMNS:
            yield Place("vertex", (name,))
        elif name in PATH_COLUMNS and isinstance(names[name], ArrayType):
            yield Place("path", (name,))
    steps = tuple(name for name in STEP_COLUMNS if name in names)
    if steps:
        yield Place("steps", steps)
    if {"subject", "subject_id"} <= set(names):
        yield Place("subject", ("subject", "subject_id"))


def _could_name(kind: DataType) -> bool:
    if isinstance(kind, ArrayType):
        return _could_name(kind.elementType)
    return isinstance(kind, StringType | LongType | MapType)


def _is_count(table: Table, column: Column) -> bool:
    """A long number with a unit, or a feature."""
    number = isinstance(column.type, LongType)
    return number and (bool(column.unit) or table.room in OF_FEATURES)
