"""How many rows of a table had which outcome, with one example per reason, from one job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import reduce

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from marketgraph.sources.duplicates import repeated_keys
from marketgraph.sources.faults import FAULT, FILE, MEANING, OUTCOME, VALUE, Outcome, Reason, decoded
from marketgraph.tables.contract import Table

FILTERED, REPEATED = "filtered", "repeated"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
LAST_MICROS = (LAST_MOMENT - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Refusal:
    """Refused rows of one reason and column, with one of them. value: None when it is missing or personal."""

    rows: int
    reason: Reason
    column: str | None
    file: str
    value: str | None
    personal: bool

    def __str__(self) -> str:
        column = f" {self.column}" if self.column else ""
        shown = "a personal value, not shown" if self.personal else repr(self.value)
        value = f" = {shown}" if self.column and (self.personal or self.value is not None) else ""
        return f"{self.rows:,} {self.reason.value}{column} ({MEANING[self.reason]}; e.g. {self.file}{value})"


@dataclass(frozen=True)
class Counts:
    """Rows of one table by outcome. read: all but `filtered`, which come on top.

    earliest: the first time among the rows that lie later. repeated_keys: keys of several accepted rows.
    """

    filtered: int = 0
    accepted: int = 0
    later: int = 0
    erased: int = 0
    set_aside: int = 0
    merged: int = 0
    refusals: tuple[Refusal, ...] = ()
    earliest: datetime | None = None
    repeated_keys: int = 0

    @property
    def refused(self) -> int:
        return sum(refusal.rows for refusal in self.refusals)

    @property
    def need_another_look(self) -> bool:
        """Whether rows without a fault of their own are refused: then their raw text is wanted after all."""
        unknown = any(refusal.reason is Reason.UNKNOWN_REFERENCE for refusal in self.refusals)
        return unknown or self.repeated_keys > 0

    @property
    def read(self) -> int:
        return self.accepted + self.later + self.erased + self.set_aside + self.merged + self.refused

    @property
    def refused_share(self) -> float:
        """Of the rows that were read; 0 when there are none."""
        return self.refused / self.read if self.read else 0.0


def count_rows(rows: DataFrame, left_out: list[DataFrame], table: Table, *, personal: Column) -> Counts:
    """Run the one job of a table's judged rows.

    left_out: per part with a condition, the rows that do not hold it. personal: whether a refused row's bad
    value may identify a person; such a value does not leave the workers.
    """
    event = F.col(table.event_time) if table.event_time else F.lit(None).cast("timestamp")
    value = F.when(~personal, F.col(VALUE))
    example = F.struct(F.col(FILE).alias("file"), personal.alias("personal"), value.alias("value"))
    counted = rows.groupBy(OUTCOME, FAULT).agg(
        F.count("*").alias("rows"),
        F.min(F.when(F.col(FAULT).isNotNull(), example)).alias("example"),
        F.unix_micros(F.min(event)).alias("earliest"),
    )
    singles = [
        *[frame.agg(F.count("*").alias("rows"), F.lit(FILTERED).alias(OUTCOME)) for frame in left_out],
        repeated_keys(rows, table).select("rows", F.lit(REPEATED).alias(OUTCOME)),
    ]
    every = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), singles, counted)
    return _counts(every.collect(), table)


def _counts(rows: list[Row], table: Table) -> Counts:
    def total(outcome: str) -> int:
        return sum(row["rows"] for row in rows if row[OUTCOME] == outcome)

    refusals = [_refusal(row, table) for row in rows if row[OUTCOME] == Outcome.REFUSED.value]
    later = [row["earliest"] for row in rows if row[OUTCOME] == Outcome.LATER.value and row["earliest"]]
    return Counts(
        filtered=total(FILTERED),
        accepted=total(Outcome.ACCEPTED.value),
        later=total(Outcome.LATER.value),
        erased=total(Outcome.ERASED.value),
        set_aside=total(Outcome.SET_ASIDE.value),
        merged=total(Outcome.MERGED.value),
        refusals=tuple(sorted(refusals, key=lambda found: (-found.rows, found.reason, found.column or ""))),
        earliest=_moment(min(later)) if later else None,
        repeated_keys=total(REPEATED),
    )


def _moment(micros: int) -> datetime:
    """By its offset a time of the last day of 9999 may lie beyond what Python's times can hold."""
    return EPOCH + timedelta(microseconds=min(micros, LAST_MICROS))


def _refusal(row: Row, table: Table) -> Refusal:
    reason, column = decoded(row[FAULT], table)
    example = row["example"]
    return Refusal(row["rows"], reason, column, example["file"], example["value"], bool(example["personal"]))
