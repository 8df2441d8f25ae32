"""The table that the gate's stories are about, small frames of it, and what the gate says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import DoubleType, IntegerType, StringType, StructField, StructType

from marketgraph.quality.checks import CheckResult
from marketgraph.quality.config import QualityConfig
from marketgraph.quality.gate import check_table, check_tables
from marketgraph.tables import Column, Reference, Table

STRING = StringType()
TOYS = Table(
    room="sources",
    name="toys",
    grain="one row per toy in a shop",
    key=("shop", "toy"),
    references=(Reference(("shop",), "shops"),),
    columns=(
        Column("shop", STRING, "the shop"),
        Column("toy", IntegerType(), "number of the toy in its shop", minimum=1),
        Column("colour", STRING, "its colour", allowed=("red", "blue")),
        Column("weight", DoubleType(), "its weight", "kg", nullable=True, minimum=0, maximum=2.5),
        Column("phone", STRING, "who to call about it", nullable=True, allowed=("h1", "h2"), personal=True),
    ),
)
GOOD: dict[str, Any] = {"shop": "s1", "toy": 1, "colour": "red", "weight": 1.5, "phone": "h1"}
SHOPS = ("s1", "s2")


def toys(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """Toys as given; what a row leaves out is as in GOOD."""
    return frame_of(spark, TOYS, [{**GOOD, **row} for row in rows])


def frame_of(spark: SparkSession, table: Table, rows: Sequence[dict[str, Any]]) -> DataFrame:
    """Rows at a table's types, where every column may be null whatever the contract says."""
    loose = StructType([StructField(f.name, f.dataType, True) for f in table.schema.fields])
    return spark.createDataFrame([tuple(row[name] for name in loose.names) for row in rows], loose)


def named(name: str, **changes: Any) -> Table:
    """Toys under another name, so that several frames of them can stand before the gate at once."""
    return Table(**{**TOYS.__dict__, "name": name, **changes})


def shops(spark: SparkSession, *names: str) -> DataFrame:
    """The keys that toys refer to."""
    return spark.createDataFrame([(name,) for name in names or SHOPS], "shop string")


def verdict(
    spark: SparkSession, frame: DataFrame, config: QualityConfig | None = None, table: Table = TOYS
) -> list[CheckResult]:
    """What the gate finds in `frame`."""
    return check_table(frame, table, parents={"shops": shops(spark)}, config=config or QualityConfig())


def verdicts(
    spark: SparkSession, frames: Mapping[Table, DataFrame], config: QualityConfig | None = None
) -> dict[str, list[CheckResult]]:
    """What the gate finds in each of `frames`, by the table's short name; one pass for all."""
    found = check_tables(frames, parents={"shops": shops(spark)}, config=config or QualityConfig())
    return {table.name: [r for r in found if r.table == table.full_name] for table in frames}


def failures(results: Sequence[CheckResult]) -> list[tuple[str, tuple[str, ...], int]]:
    """What failed: kind of check, columns, rows at fault."""
    return [(r.check, r.columns, r.unexpected_count) for r in results if not r.passed]
