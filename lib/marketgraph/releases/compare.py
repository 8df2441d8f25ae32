"""What differs between two versions of one table: columns, rows, and which keys were added, removed or changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

_SIDES = ("before", "after")


@dataclass(frozen=True)
class SchemaChange:
    """Columns by name; retyped: name, type before, type after."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.retyped)


@dataclass(frozen=True)
class KeyChange:
    """Keys that only the second has, that only the first has, and that both have with other values."""

    added: int
    removed: int
    changed: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def schema_change(before: StructType, after: StructType) -> SchemaChange:
    """How the columns differ. Their order, and whether they may be null, is left out."""
    old, new = ({f.name: f.dataType.simpleString() for f in schema.fields} for schema in (before, after))
    return SchemaChange(
        tuple(name for name in new if name not in old),
        tuple(name for name in old if name not in new),
        tuple((name, old[name], new[name]) for name in new if name in old and old[name] != new[name]),
    )


def key_change(before: DataFrame, after: DataFrame, key: Sequence[str]) -> KeyChange:
    """How the rows differ, by a key that is unique in each: counted by Spark in one exchange of keys and hashes.

    Values are compared by a 64-bit hash of the columns that both have under one type. A null is a value like others, in
    keys too.
    """
    types = [{f.name: f.dataType for f in frame.schema.fields} for frame in (before, after)]
    values = [name for name, kind in types[0].items() if name not in key and _same(kind, types[1].get(name))]
    sides = [
        frame.select(
            *[F.col(name) for name in key], _hash(values, types[0]).alias("hash"), F.lit(n).alias("side")
        )
        for n, frame in enumerate((before, after))
    ]
    both = reduce(DataFrame.unionByName, sides)
    of_side = [F.max(F.when(F.col("side") == n, F.col("hash"))).alias(side) for n, side in enumerate(_SIDES)]
    return _counted(both.groupBy(*key).agg(*of_side))


def _counted(keys: DataFrame) -> KeyChange:
    old, new = F.col("before"), F.col("after")
    found = keys.agg(
        F.count_if(old.isNull() & new.isNotNull()).alias("added"),
        F.count_if(old.isNotNull() & new.isNull()).alias("removed"),
        F.count_if(old != new).alias("changed"),
    ).collect()[0]
    return KeyChange(found["added"], found["removed"], found["changed"])


def _same(one: DataType, other: DataType | None) -> bool:
    return other is not None and one.simpleString() == other.simpleString()


def _hash(names: Sequence[str], types: dict[str, DataType]) -> Column:
    """Never null. Spark's hash passes over nulls, so that each column says beside it whether it is one."""
    parts = [part for name in names for part in (_hashable(name, types[name]), F.col(name).isNull())]
    return F.xxhash64(F.lit(0), *parts)


def _hashable(name: str, kind: DataType) -> Column:
    """A value that Spark can hash: no maps, and nothing nested in which a null could hide."""
    column = F.col(name)
    if isinstance(kind, MapType):
        return F.to_json(F.array_sort(F.map_entries(column)))
    return F.to_json(column) if isinstance(kind, (ArrayType, StructType)) else column
