"""Lookups: left joins of a raw table to other files of the data, at most one row for each raw row."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from threading import Lock

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.errors import ConfigError, SourceError
from marketgraph.sources.expressions import quoted
from marketgraph.sources.failures import readable
from marketgraph.sources.faults import CORRUPT
from marketgraph.sources.hive import absence
from marketgraph.sources.mapping import Lookup
from marketgraph.sources.needs import Needs, Place
from marketgraph.sources.raw import RawTable, as_text, read_raw


class Lookups:
    """The lookup files of one run. Each is read, and its key checked, once for all parts that use it.

    Tables may be read side by side.
    """

    def __init__(self, spark: SparkSession, data: str, personal: Mapping[Place, frozenset[str]]) -> None:
        self.spark = spark
        self.data = data
        self.warnings: list[str] = []
        self._personal = personal
        self._checked: dict[str, DataFrame] = {}
        self._lock = Lock()

    def join(self, raw: DataFrame, needs: Needs) -> DataFrame:
        """`raw` with one struct column per lookup, called by its name; null fields where nothing matches.

        Raises SourceError when a lookup is missing or its key is not unique there.
        """
        for lookup in needs.part.lookups:
            place = f"tables.{needs.table.name}.lookups.{lookup.name}"
            if lookup.name.lower() in {column.lower() for column in raw.columns}:
                raise ConfigError(
                    f"{place}: {needs.part.from_} has a column of that name",
                    fix="give the lookup another name",
                )
            with self._lock:
                frame = self._frame(lookup, place)
            raw = _joined(raw, frame, lookup)
        return raw

    def _frame(self, lookup: Lookup, place: str) -> DataFrame:
        identity = lookup.model_dump_json()
        if identity not in self._checked:
            wanted = dict.fromkeys((*lookup.key.values(), *lookup.columns), (place, False))
            found = read_raw(self.spark, self.data, lookup, wanted)
            if found is None and lookup.format == "hive":
                raise SourceError(
                    f"{absence(self.spark, lookup)}; {place} needs it", fix="check from of the lookup"
                )
            if found is None:
                raise SourceError(
                    f"{lookup.from_}: there is no such file, which {place} needs", fix="check the data folder"
                )
            with readable(lookup.from_):
                self._check(found, lookup, place)
            keyed = reduce(Column.__and__, [quoted(key).isNotNull() for key in lookup.key.values()])
            self._checked[identity] = found.frame.where(keyed & F.col(CORRUPT).isNull())
        return self._checked[identity]

    def _check(self, found: RawTable, lookup: Lookup, place: str) -> None:
        """One small job: a key that stands twice, and how many records could not be read."""
        keys = [quoted(key) for key in lookup.key.values()]
        shown = F.concat_ws(", ", *[key.cast("string") for key in keys])
        per_key = found.frame.groupBy(*keys).agg(
            F.count("*").alias("rows"), F.count(CORRUPT).alias("unreadable"), F.min(shown).alias("shown")
        )
        whole = reduce(Column.__and__, [key.isNotNull() for key in keys])
        repeated = whole & (F.col("rows") - F.col("unreadable") > 1)
        row = per_key.agg(F.sum("unreadable"), F.min(F.when(repeated, F.col("shown")))).collect()[0]
        if row[1] is not None:
            hidden = self._personal.get(lookup.place, frozenset()) & set(lookup.key.values())
            value = "(a personal value, not shown)" if hidden else repr(row[1])
            raise SourceError(
                f"{lookup.from_}: {' and '.join(lookup.key.values())} {value} stands there more than once, "
                f"but {place} takes one row for each",
                fix="export the file with one row per key, or join on the columns that make the key unique",
            )
        if row[0]:
            self.warnings.append(f"{lookup.from_}: {row[0]} records could not be read ({place} does without)")


def _joined(raw: DataFrame, frame: DataFrame, lookup: Lookup) -> DataFrame:
    kinds = {field.name: field.dataType for field in frame.schema.fields}
    keys = [as_text(quoted(key), kinds[key]).alias(f"__key_{i}") for i, key in enumerate(lookup.key.values())]
    taken = F.struct(*[quoted(column).alias(column) for column in lookup.columns]).alias(lookup.name)
    right = frame.select(*keys, taken)
    own = {field.name: field.dataType for field in raw.schema.fields}
    on = [as_text(raw[f"`{key}`"], own[key]) == right[f"__key_{i}"] for i, key in enumerate(lookup.key)]
    # many raw rows to at most one lookup row: its key was checked
    return raw.join(right, on=on, how="left").drop(*[f"__key_{i}" for i in range(len(keys))])
