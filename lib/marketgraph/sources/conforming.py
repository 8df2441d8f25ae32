"""A run through the source tables: each is read, typed, judged and counted by one job, and held in the cache.

The cache serves the tables that refer to it and the one write that follows. A clean table is done in one look
that keeps the raw text of faulty rows alone. Where it shows unknown references or repeated keys, the table is
looked at again with the raw text of all rows, since any may go to quarantine.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from functools import reduce

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.errors import SourceError
from marketgraph.sources.conformed import ConformedTable
from marketgraph.sources.counts import Counts, count_rows
from marketgraph.sources.duplicates import with_duplicates
from marketgraph.sources.erased import Erased
from marketgraph.sources.expressions import evaluate
from marketgraph.sources.failures import readable
from marketgraph.sources.faults import CORRUPT, OUTCOME, Outcome
from marketgraph.sources.files import check_data_folder
from marketgraph.sources.hive import absence
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.judge import PARENT_GONE, PARENT_LATER, judged, known_ids, with_references
from marketgraph.sources.key_change import ChangingKey, new_hashes, rehashed
from marketgraph.sources.lookups import Lookups
from marketgraph.sources.mapping import SourceMapping
from marketgraph.sources.needs import Needs, all_needs, personal_columns
from marketgraph.sources.part import TypedPart
from marketgraph.sources.quarantine import quarantined, value_is_personal
from marketgraph.sources.raw import read_raw
from marketgraph.sources.sentinels import SentinelsConfig, stands_for_nothing
from marketgraph.tables.contract import ENTITY, Table
from marketgraph.tables.sources import IDENTIFIERS

KIND_TABLES = {
    "merchant": "merchants",
    "product": "products",
    "creator": "creators",
    "content": "contents",
    "buyer": "buyers",
}
# Up to so many ids (about 30 MB on the driver and each executor) are sent to where the rows are.
IDS_TO_SEND = 300_000
NO_IDS = f"id string, {PARENT_LATER} boolean, {PARENT_GONE} boolean"


class Conforming:
    """What the later tables of a run need of the earlier ones. Tables of one wave may go side by side."""

    def __init__(
        self,
        spark: SparkSession,
        mapping: SourceMapping,
        data: str,
        as_of: date,
        key: IdentifierKey,
        sentinels: SentinelsConfig,
        held: ExitStack,
        erased: Erased,
    ) -> None:
        self.spark, self.data, self.as_of, self.key, self.held = spark, data, as_of, key, held
        self.sentinels, self.erased = sentinels, erased
        self.needs = all_needs(spark, mapping)
        if any(origin.format != "hive" for origin in mapping.origins):
            check_data_folder(spark, data)
        self.personal = personal_columns(need for needs in self.needs.values() for need in needs)
        self.lookups = Lookups(spark, data, self.personal)
        self.refused: dict[str, DataFrame] = {}
        self.rehashed: DataFrame | None = None
        self.notes: list[str] = []
        self._known: dict[str, tuple[DataFrame, int]] = {}

    def table(self, table: Table) -> ConformedTable:
        """Read, judge, hold and count one table. Its parents must have been through here."""
        parts, joined, left_out = self._raw_parts(table)
        if not parts:
            self._known[table.name] = (self.spark.createDataFrame([], NO_IDS), 0)
            return ConformedTable(table, self.spark.createDataFrame([], table.schema), Counts(), absent=True)
        places = ", ".join(part.needs.part.from_ for part in parts)
        with readable(places):
            rows, counts = self._judged(table, parts, joined, left_out)
        if not counts.read and not counts.filtered and not all(part.needs.part.optional for part in parts):
            raise SourceError(f"{places}: there are no rows for {table.name}", fix="export it again")
        ids = known_ids(rows, table.key[0], some_later=counts.later + counts.erased > 0)
        self._known[table.name] = (ids, counts.accepted + counts.later + counts.erased)
        if counts.refused:
            refused = quarantined(rows, table, parts, self.stored_key)
            told = self.erased.is_told_in(F.col("raw_row")) | self.erased.is_told_in(F.col("bad_value"))
            self.refused[table.name] = refused.where(~told)
        seen = table.conform(rows.where(F.col(OUTCOME) == Outcome.ACCEPTED.value))
        if isinstance(self.key, ChangingKey) and table.name == IDENTIFIERS.name:
            self.rehashed = rehashed(seen)
            seen = new_hashes(seen)
        return ConformedTable(table, seen, counts, absent=False)

    @property
    def stored_key(self) -> IdentifierKey:
        """The key whose hashes are written."""
        return self.key.new if isinstance(self.key, ChangingKey) else self.key

    def _raw_parts(self, table: Table) -> tuple[list[TypedPart], list[DataFrame], list[DataFrame]]:
        """The parts that are there, their raw rows, and per condition the rows that it leaves out."""
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
            parts.append(TypedPart(needs, number, self.personal[needs.part.place], self.key))
            rows.append(joined)
        return parts, rows, left_out

    def _judged(
        self, table: Table, parts: list[TypedPart], joined: list[DataFrame], left_out: list[DataFrame]
    ) -> tuple[DataFrame, Counts]:
        personal = value_is_personal(parts)
        rows = self._hold(judged(self._typed(table, parts, joined, keep_raw=False), table, self.as_of))
        counts = count_rows(rows, left_out, table, personal=personal)
        if not counts.need_another_look:
            return rows, counts
        rows.unpersist()
        whole = with_duplicates(self._typed(table, parts, joined, keep_raw=True), table, self.as_of)
        rows = self._hold(judged(whole, table, self.as_of))
        return rows, count_rows(rows, left_out, table, personal=personal)

    def _typed(
        self, table: Table, parts: list[TypedPart], joined: list[DataFrame], *, keep_raw: bool
    ) -> DataFrame:
        typed = [
            part.typed_rows(rows, self.as_of, keep_raw=keep_raw)
            for part, rows in zip(parts, joined, strict=True)
        ]
        parents = {reference.table: self._parents(reference.table) for reference in table.references}
        aside = stands_for_nothing(table, self.sentinels, self.key)
        return with_references(
            reduce(DataFrame.unionByName, typed), table, parents, self.as_of, aside, self.erased
        )

    def _hold(self, rows: DataFrame) -> DataFrame:
        held = rows.persist(StorageLevel.MEMORY_AND_DISK)
        self.held.callback(held.unpersist)
        return held

    def _parents(self, name: str) -> DataFrame:
        names = list(KIND_TABLES.values()) if name == ENTITY else [name]
        kinds = {table: kind for kind, table in KIND_TABLES.items()}
        ids = [self._known[parent][0] for parent in names]
        if name == ENTITY:
            ids = [
                frame.withColumn("kind", F.lit(kinds[table])) for table, frame in zip(names, ids, strict=True)
            ]
        known = reduce(DataFrame.unionByName, ids)
        few = sum(self._known[parent][1] for parent in names) <= IDS_TO_SEND
        return F.broadcast(known) if few else known

    def _missing(self, needs: Needs) -> None:
        part, name = needs.part, needs.table.name
        if not part.optional and part.format == "hive":
            raise SourceError(
                f"{absence(self.spark, part)}; {name} is read from it",
                fix="check from, or say optional: true where it may be missing",
            )
        if not part.optional:
            raise SourceError(
                f"{part.from_}: {name} is read from it, and it is not in {self.data}",
                fix="check the data folder, or say optional: true where it may be missing",
            )
        self.notes.append(f"{part.from_}: not there; {name} does without (it is optional)")


def _holds(joined: DataFrame, needs: Needs) -> Column:
    place = f"tables.{needs.table.name}.where"
    condition, _ = evaluate(joined, str(needs.part.where), place=place)
    return F.coalesce(condition.cast("boolean"), F.lit(False))
