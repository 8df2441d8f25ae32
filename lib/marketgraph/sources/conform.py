"""The source room's front door: a mapping and a data folder become the canonical tables as of a date.

One job per table: it reads, types, judges and counts the rows, and leaves them in Spark's cache for the
tables that refer to them and for the one write that follows.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, timedelta
from functools import reduce

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.errors import SourceError
from marketgraph.sources.conformed import ConformedSources, ConformedTable
from marketgraph.sources.counts import Counts, count_rows
from marketgraph.sources.expressions import evaluate
from marketgraph.sources.failures import readable
from marketgraph.sources.faults import CORRUPT, OUTCOME, Outcome
from marketgraph.sources.files import check_data_folder
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.judge import PARENT_LATER, judge, known_ids
from marketgraph.sources.lookups import Lookups
from marketgraph.sources.mapping import SourceMapping
from marketgraph.sources.needs import Needs, all_needs, personal_columns
from marketgraph.sources.part import TypedPart
from marketgraph.sources.quarantine import quarantined, value_is_personal
from marketgraph.sources.raw import read_raw
from marketgraph.tables.contract import ENTITY, Table
from marketgraph.tables.sources import QUARANTINE, SOURCE_TABLES

# Without a row of these before the run's date there is no marketplace yet.
CORE_TABLES = ("merchants", "buyers", "orders")
KIND_TABLES = {
    "merchant": "merchants",
    "product": "products",
    "creator": "creators",
    "content": "contents",
    "buyer": "buyers",
}
NO_IDS = f"id string, {PARENT_LATER} boolean"


def conform_sources(
    spark: SparkSession, mapping: SourceMapping, data: str, *, as_of: date, key: IdentifierKey
) -> ConformedSources:
    """All canonical tables as seen at midnight (UTC) of `as_of`, and the rows that were refused.

    Raises ConfigError for a mapping that can't be (before data is read), SourceError for a file that is
    missing, empty, broken or lacks a column, and when no merchant, buyer or order is older than `as_of`.
    """
    with ExitStack() as held:
        conforming = _Conforming(spark, mapping, data, as_of, key, held)
        tables = tuple(conforming.table(table) for table in SOURCE_TABLES)
        _require_a_marketplace(tables, as_of)
        return ConformedSources(
            tables,
            reduce(DataFrame.unionByName, conforming.refused, spark.createDataFrame([], QUARANTINE.schema)),
            (*conforming.notes, *conforming.lookups.warnings),
            held.pop_all(),
        )


class _Conforming:
    """One run through the tables: what the later ones need of the earlier ones."""

    def __init__(
        self,
        spark: SparkSession,
        mapping: SourceMapping,
        data: str,
        as_of: date,
        key: IdentifierKey,
        held: ExitStack,
    ) -> None:
        self.spark, self.data, self.as_of, self.key, self.held = spark, data, as_of, key, held
        self.needs = all_needs(spark, mapping)
        check_data_folder(spark, data)
        self.personal = personal_columns(need for needs in self.needs.values() for need in needs)
        self.lookups = Lookups(spark, data, self.personal)
        self.known: dict[str, DataFrame] = {}
        self.refused: list[DataFrame] = []
        self.notes: list[str] = []

    def table(self, table: Table) -> ConformedTable:
        """Read, judge, hold and count one table. Its parents must have been through here."""
        parts, rows, left_out = self._rows(table)
        if not rows:
            self.known[table.name] = self.spark.createDataFrame([], NO_IDS)
            return ConformedTable(table, self.spark.createDataFrame([], table.schema), Counts(), absent=True)
        parents = {reference.table: self._parents(reference.table) for reference in table.references}
        judged = judge(reduce(DataFrame.unionByName, rows), table, parents, self.as_of)
        judged = judged.persist(StorageLevel.MEMORY_AND_DISK)
        self.held.callback(judged.unpersist)
        places = ", ".join(part.needs.part.from_ for part in parts)
        with readable(places):
            counts = count_rows(judged, left_out, table, personal=value_is_personal(parts))
        if not counts.read and not counts.filtered and not all(part.needs.part.optional for part in parts):
            raise SourceError(f"{places}: there are no rows for {table.name}", fix="export it again")
        self.known[table.name] = known_ids(judged, table.key[0], some_later=counts.later > 0)
        if counts.refused:
            self.refused.append(quarantined(judged, table, parts, self.key))
        seen = table.conform(judged.where(F.col(OUTCOME) == Outcome.ACCEPTED.value))
        return ConformedTable(table, seen, counts, absent=False)

    def _rows(self, table: Table) -> tuple[list[TypedPart], list[DataFrame], list[DataFrame]]:
        """The parts that are there, their typed rows, and per condition the rows that it leaves out."""
        parts, rows, left_out = [], [], []
        for number, needs in enumerate(self.needs.get(table.name, [])):
            raw = read_raw(self.spark, self.data, needs.part, needs.raw_columns)
            if raw is None:
                self._missing(needs)
                continue
            joined = self.lookups.join(raw.frame, needs)
            if needs.part.where is not None:
                holds = _holds(joined, needs)
                left_out.append(joined.where(F.col(CORRUPT).isNull() & ~holds))
                joined = joined.where(F.col(CORRUPT).isNotNull() | holds)
            part = TypedPart(needs, number, self.personal[needs.part.place], self.key)
            parts.append(part)
            rows.append(part.typed_rows(joined, self.as_of))
        return parts, rows, left_out

    def _missing(self, needs: Needs) -> None:
        part, name = needs.part, needs.table.name
        if not part.optional:
            raise SourceError(
                f"{part.from_}: {name} is read from it, and it is not in {self.data}",
                fix="check the data folder, or say optional: true where it may be missing",
            )
        self.notes.append(f"{part.from_}: not there; {name} does without (it is optional)")

    def _parents(self, name: str) -> DataFrame:
        if name != ENTITY:
            return self.known[name]
        kinds = [
            self.known[table].select(F.lit(kind).alias("kind"), "id", PARENT_LATER)
            for kind, table in KIND_TABLES.items()
        ]
        return reduce(DataFrame.unionByName, kinds)


def _holds(joined: DataFrame, needs: Needs) -> Column:
    place = f"tables.{needs.table.name}.where"
    return F.coalesce(evaluate(joined, str(needs.part.where), place=place).cast("boolean"), F.lit(False))


def _require_a_marketplace(tables: tuple[ConformedTable, ...], as_of: date) -> None:
    late = [
        held
        for held in tables
        if held.table.name in CORE_TABLES and held.counts.later and not held.counts.accepted
    ]
    if late:
        firsts = [held.counts.earliest for held in late if held.counts.earliest]
        first = max(firsts) if firsts else None
        begins = f"; the first is of {first:%Y-%m-%d %H:%M} UTC" if first else ""
        names = " and no ".join(held.table.name for held in late)
        raise SourceError(
            f"there are no {names} before {as_of}{begins}",
            fix=f"choose a later --as-of{f': {first.date() + timedelta(days=1)} or after' if first else ''}",
        )
