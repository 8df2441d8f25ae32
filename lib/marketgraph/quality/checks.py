"""What the gate asks of a table, what it found, and the table that keeps the findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, BooleanType, LongType, StringType

from marketgraph.quality.config import KINDS, Kind, Severity
from marketgraph.tables import Column, Table

STRING, LONG = StringType(), LongType()

CHECKS = Table(
    room="quality",
    name="checks",
    grain="one row per check of a table, passed or not",
    key=("table", "check", "columns"),
    columns=(
        Column("table", STRING, "full name of the table"),
        Column("check", STRING, "kind of check", allowed=KINDS),
        Column("columns", STRING, "the columns that it is about, by comma; empty for the table as a whole"),
        Column("severity", STRING, "critical: stops the run", allowed=("info", "warning", "critical")),
        Column("passed", BooleanType(), "whether the table passed"),
        Column("observed", STRING, "what was found, in words"),
        Column("expected", STRING, "what was asked, in words"),
        Column("rows", LONG, "rows of the slice", "rows", minimum=0),
        Column("unexpected_count", LONG, "rows at fault", "rows", minimum=0),
        Column("examples", ArrayType(STRING), "some rows at fault; personal values never"),
    ),
)


@dataclass(frozen=True)
class Check:
    """One thing asked of a table.

    limit: fewest rows (volume); largest share of bad rows, 0..1 (all others).
    target: what a reference points at; "" elsewhere.
    """

    kind: Kind
    columns: tuple[str, ...]
    severity: Severity
    expected: str
    limit: float = 0
    target: str = ""

    @property
    def label(self) -> str:
        """Short name, unique in its table: `not_null(order_id)`."""
        return f"{self.kind}({', '.join(self.columns)})"


@dataclass(frozen=True)
class CheckResult:
    """How one check of a table went. unexpected_count, rows: rows at fault, and rows in all."""

    table: str
    check: Kind
    columns: tuple[str, ...]
    severity: Severity
    passed: bool
    observed: str
    expected: str
    rows: int
    unexpected_count: int
    examples: tuple[str, ...] = ()


def checks_frame(spark: SparkSession, results: Iterable[CheckResult]) -> DataFrame:
    """The results as rows of CHECKS, in the order of its key."""
    rows = [
        (
            r.table,
            r.check,
            ", ".join(r.columns),
            r.severity,
            r.passed,
            r.observed,
            r.expected,
            r.rows,
            r.unexpected_count,
            list(r.examples),
        )
        for r in results
    ]
    return spark.createDataFrame(sorted(rows, key=lambda row: row[:3]), CHECKS.schema)
