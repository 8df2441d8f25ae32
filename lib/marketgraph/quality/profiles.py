"""Profiles of columns: how many rows fall into each bin, of all watched columns in few passes and one exchange each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from marketgraph.quality.bins import NULL, Way, holds, number_bin, number_of, way_of
from marketgraph.quality.watch_rules import WatchConfig, columns_of_drift, columns_of_nulls, rule_of
from marketgraph.side_by_side import side_by_side
from marketgraph.tables import Column, Table
from marketgraph.tables.quality import PROFILES

# As in suspicions.py: a plan of many tables takes longer to make than to run.
LOT = 15
LOTS_AT_ONCE = 2


@dataclass(frozen=True)
class Profile:
    """How a column's values are spread. bins: rows by bin. words: what a bin holds. newest: seconds, of a time."""

    way: Way
    bins: Mapping[int, int]
    words: Mapping[int, str] = field(default_factory=dict)
    newest: float | None = None

    @property
    def rows(self) -> int:
        return sum(self.bins.values())

    @property
    def null_share(self) -> float | None:
        """Share of nulls; None where there is no row."""
        return self.bins.get(NULL, 0) / self.rows if self.rows else None


# By full name of the table and name of the column.
Profiles = Mapping[tuple[str, str], Profile]


def profiles_of(frames: Mapping[Table, DataFrame], watch: WatchConfig) -> dict[tuple[str, str], Profile]:
    """The profiles of all columns that `watch` names. The driver gets a row per column and bin, some 20 a column."""
    asked = {table: columns for table in frames if (columns := watched_columns(table, watch))}
    tables = list(asked)
    lots = [tables[first : first + LOT] for first in range(0, len(tables), LOT)]
    found = side_by_side((partial(_of_lot, lot, frames, asked) for lot in lots), LOTS_AT_ONCE)
    return {key: profile for one in found for key, profile in one.items()}


def watched_columns(table: Table, watch: WatchConfig) -> dict[Column, Way]:
    """The columns of a table that are watched, each with how its values are told apart: numbers first, times last."""
    ways: dict[Column, Way] = dict.fromkeys(columns_of_nulls(rule_of(watch.nulls, table), table), "nulls")
    ways |= {column: way_of(column) for column in columns_of_drift(rule_of(watch.drift, table), table)}
    if table.event_time and rule_of(watch.freshness, table):
        ways[table.column(table.event_time)] = "times"
    order = {"numbers": 0, "times": 2}
    return dict(sorted(ways.items(), key=lambda told: (order.get(told[1], 1), told[0].name)))


def profiles_frame(spark: SparkSession, profiles: Profiles) -> DataFrame:
    """The profiles as rows of PROFILES, in the order of its key."""
    rows = [
        (table, column, one.way, number, one.words.get(number, ""), rows)
        for (table, column), one in profiles.items()
        for number, rows in one.bins.items()
    ]
    return spark.createDataFrame(sorted(rows, key=lambda row: (row[0], row[1], row[3])), PROFILES.schema)


def profiles_in(rows: Iterable[Row]) -> dict[tuple[str, str], Profile]:
    """The profiles that rows of PROFILES tell of."""
    told: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        told.setdefault((row["table"], row["column"]), []).append(row)
    return {
        key: Profile(
            of_key[0]["way"], {r["bin"]: r["rows"] for r in of_key}, {r["bin"]: r["holds"] for r in of_key}
        )
        for key, of_key in told.items()
    }


def _of_lot(
    tables: Sequence[Table], frames: Mapping[Table, DataFrame], asked: Mapping[Table, Mapping[Column, Way]]
) -> dict[tuple[str, str], Profile]:
    told = [_binned(frames[table], number, asked[table]) for number, table in enumerate(tables)]
    counted = reduce(DataFrame.unionAll, told).groupBy("subject", "place", "bin")
    rows = counted.agg(F.count(F.lit(1)).alias("rows"), F.max("x").alias("newest")).collect()
    return dict(_gathered(rows, tables, asked))


def _binned(frame: DataFrame, subject: int, columns: Mapping[Column, Way]) -> DataFrame:
    """One row per row and watched column: (subject, place of the column, bin, x)."""
    ways = list(columns.values())
    numbers, others = ways.count("numbers"), len(ways) - ways.count("times")
    told = ", ".join(number_of(column, way) for column, way in columns.items())
    spread = frame.selectExpr(f"posexplode(array({told})) as (place, x)")
    binned = (
        f"case when x is null then {NULL} when place < {numbers} then {number_bin('x')}"
        f" when place < {others} then cast(x as int) else 1 end"
    )
    # the newest is asked of times alone
    kept = f"if(place < {others}, null, x)"
    return spread.selectExpr(
        f"{subject} as subject", "place", f"cast({binned} as int) as bin", f"{kept} as x"
    )


def _gathered(
    rows: Sequence[Row], tables: Sequence[Table], asked: Mapping[Table, Mapping[Column, Way]]
) -> Iterator[tuple[tuple[str, str], Profile]]:
    found: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        found.setdefault((row["subject"], row["place"]), []).append(row)
    for subject, table in enumerate(tables):
        for place, (column, way) in enumerate(asked[table].items()):
            of_column = sorted(found.get((subject, place), []), key=lambda row: row["bin"])
            words = {row["bin"]: holds(column, way, row["bin"]) for row in of_column}
            newest = max((row["newest"] for row in of_column if row["newest"] is not None), default=None)
            yield (
                (table.full_name, column.name),
                Profile(way, {row["bin"]: row["rows"] for row in of_column}, words, newest),
            )
