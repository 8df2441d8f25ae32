"""A table's rows without the entities that go: whether a row names one, and what is left of it.

Pure functions of the contract's places (tables/naming.py): a row goes, or the name in it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType

from marketgraph.erasure.names import Names, is_one_of
from marketgraph.tables import Table
from marketgraph.tables.naming import (
    GROUPS_BY_ORDER,
    GROUPS_BY_VERTEX,
    VERTEX_COLUMNS,
    Place,
    places_of,
)

# Steps of a row: recomputed, as sequences/arrays.py makes it, where one before it has gone.
_GAP = "if(at = 0, 0L, (times[i] - times[kept[at - 1]]) div 1000)"
_KEPT = "__kept"
# The characters that an id may be made of: a word of a raw row is no longer than these go on.
WORD = r"[^A-Za-z0-9_.\-]"
_SHOWN = 60  # characters of a value that quality.checks shows


def affected(table: Table, names: Names) -> Column | None:
    """Whether a row names one of the entities, in any way; None for a table that can't."""
    told = [_names(place, names) for place in places_of(table)]
    return _any(told) if told else None


def without(frame: DataFrame, table: Table, names: Names) -> DataFrame:
    """The rows of `frame` that stay, each without the names. Columns are those of `frame`."""
    places = places_of(table)
    going = [_names(place, names) for place in places if _takes_row(place)]
    left = frame.where(~_any(going)) if going else frame
    for place in places:
        left = _CLEANED[place.how](left, place, names) if place.how in _CLEANED else left
        left = _blanked(left, place, names) if place.nullable else left
    return left.select(*frame.columns)


def keys_that_go(frame: DataFrame, table: Table, names: Names) -> frozenset[str]:
    """Of a source table the keys of rows that go: they are few, for they are of a few entities."""
    going = _any(_names(place, names) for place in places_of(table) if _takes_row(place))
    return frozenset(row[0] for row in frame.where(going).select(table.key[0]).distinct().collect())


def vertices_of(frame: DataFrame, table: Table, names: Names) -> frozenset[int]:
    """The numbers that a table has beside the ids of the entities."""
    named = frame.where(_any(_names(place, names) for place in places_of(table)))
    return frozenset(row[0] for row in named.select("vertex_id").distinct().collect())


def _takes_row(place: Place) -> bool:
    return not place.nullable and place.how not in _CLEANED


def _names(place: Place, names: Names) -> Column:
    """Whether a row names one of the entities by this place; never null."""
    column = F.col(place.columns[-1])
    if place.how == "id":
        return is_one_of(column, names.ids(place.kind))
    if place.how == "child":
        return is_one_of(column, names.rows.get(place.table, ()))
    if place.how == "vertex":
        return is_one_of(column, names.vertices)
    if place.how == "subject":
        return (F.col(place.columns[0]) == "entity") & is_one_of(column, names.vertices)
    if place.how in ("path", "steps"):
        return _any(_holds(F.col(name), names.vertices) for name in place.columns)
    if place.how == "names":
        return _holds(column, names.labels)
    if place.how == "examples":
        return F.coalesce(F.exists(column, _is_example(names)), F.lit(False))
    if place.how == "words":
        return _any(_mentions(F.col(name), names) for name in place.columns)
    if place.how == "group":
        return _is_group(names)
    return _is_pair(place, names)


def _is_pair(place: Place, names: Names) -> Column:
    kind, name = (F.col(column) for column in place.columns[:2])
    return _any((kind == one) & is_one_of(name, names.ids(one)) for one in names.kinds)


def _is_group(names: Names) -> Column:
    relation, value = F.col("relation"), F.col("value")
    vertex = F.split(value, ":")[0]
    by_vertex = relation.isin(list(GROUPS_BY_VERTEX)) & is_one_of(vertex, map(str, names.vertices))
    return by_vertex | (relation.isin(list(GROUPS_BY_ORDER)) & is_one_of(value, names.rows.get("orders", ())))


def _mentions(text: Column, names: Names) -> Column:
    """Whether one of the ids stands in the text, with no character of an id before or after it."""
    words = sorted({re.escape(one.id) for one in names.entities})
    found = [text.rlike(f"(^|{WORD})({'|'.join(some)})($|{WORD})") for some in _chunks(words)]
    return F.coalesce(_any(found), F.lit(False))


def _is_example(names: Names) -> Callable[[Column], Column]:
    """Of an element such as `order_id=O1, buyer_id=B1`: whether one of its values is an id, or a vertex."""
    ids = sorted({re.escape(value[:_SHOWN]) for value in (*_ids(names), *names.rows.get("orders", ()))})
    numbers = sorted(map(str, names.vertices))
    columns = "|".join((*VERTEX_COLUMNS, "subject_id"))
    patterns = [rf"(^|, )[a-z_]*_id=({'|'.join(some)})(,|$)" for some in _chunks(ids)]
    patterns += [rf"(^|, )({columns})=({'|'.join(some)})(,|$)" for some in _chunks(numbers)]
    return lambda text: _any(text.rlike(pattern) for pattern in patterns)


def _ids(names: Names) -> Iterable[str]:
    return (one.id for one in names.entities)


def _chunks(words: list[str], size: int = 500) -> list[list[str]]:
    return [words[start : start + size] for start in range(0, len(words), size)]


def _holds(array: Column, values: Iterable[object]) -> Column:
    told = sorted(values, key=str)
    if not told:
        return F.lit(False)
    return F.coalesce(F.exists(array, lambda one: one.isin(told)), F.lit(False))


def _any(told: Iterable[Column]) -> Column:
    return reduce(lambda one, other: one | other, told, F.lit(False))


def _blanked(frame: DataFrame, place: Place, names: Names) -> DataFrame:
    """Null in place of a name that may be null."""
    name = place.columns[-1]
    return frame.withColumn(name, F.when(~_names(place, names), F.col(name)))


def _without_steps(frame: DataFrame, place: Place, names: Names) -> DataFrame:
    """Steps gone from all arrays of a row, times between them anew; a row without steps goes."""
    arrays = [f.name for f in frame.schema.fields if isinstance(f.dataType, ArrayType)]
    told = ", ".join(f"{number}L" for number in sorted(names.vertices))
    if not told:
        return frame
    gone = " OR ".join(f"array_contains(array({told}), {name}[i])" for name in place.columns)
    kept = frame.withColumn(
        _KEPT, F.expr(f"filter(sequence(0, length - 1), i -> NOT coalesce({gone}, false))")
    )
    fewer = F.size(_KEPT) < F.col("length")
    cut = {name: F.expr(_cut(name)) for name in arrays}
    left = kept.withColumns(
        {name: F.when(fewer, value).otherwise(F.col(name)) for name, value in cut.items()}
    )
    return left.withColumn("length", F.size(_KEPT)).where(F.size(_KEPT) > 0).drop(_KEPT)


def _cut(name: str) -> str:
    told = _GAP.replace("kept[", f"{_KEPT}[") if name == "gaps" else f"{name}[i]"
    return f"transform({_KEPT}, (i, at) -> {told})"


def _without_labels(frame: DataFrame, place: Place, names: Names) -> DataFrame:
    name = place.columns[-1]
    return frame.withColumn(name, F.filter(name, lambda one: ~is_one_of(one, names.labels)))


def _without_examples(frame: DataFrame, place: Place, names: Names) -> DataFrame:
    is_one = _is_example(names)
    return frame.withColumn(place.columns[0], F.filter(place.columns[0], lambda text: ~is_one(text)))


def _tombstones(frame: DataFrame, place: Place, names: Names) -> DataFrame:
    """The row without its id: ids are trimmed where they are read, so that none begins with a space."""
    gone = _is_pair(place, names)
    blank = F.concat(F.lit(" erased "), F.col("vertex_id").cast("string"))
    return frame.withColumns(
        {
            "tombstone": F.when(gone, True).otherwise(F.col("tombstone")),
            "entity_id": F.when(gone, blank).otherwise(F.col("entity_id")),
        }
    )


# Ways in which the row stays.
_CLEANED: dict[str, Callable[[DataFrame, Place, Names], DataFrame]] = {
    "steps": _without_steps,
    "names": _without_labels,
    "examples": _without_examples,
    "map": _tombstones,
}
