"""What the gate asks of a table, what it found, and the table that keeps the findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, BooleanType, DoubleType, LongType, StringType

from marketgraph.quality.config import KINDS
from marketgraph.quality.severities import Severity
from marketgraph.tables import Column, Table

STRING, LONG, DOUBLE = StringType(), LongType(), DoubleType()

# What is watched beside the contracts, and what its value is.
WATCHED = {
    "growth": "rows, of those in the release compared with",
    "freshness": "days from the newest event to the date",
    "null_share": "share of nulls",
    "null_change": "share of nulls, less that in the release compared with",
    "drift": "population stability index",
    "degree_tail": "share of edge ends at the 0.1 % of entities with the most",
    "largest_degree": "edges of one entity",
    "giant_community": "share of the vertices with an edge in the largest community",
    "seed_coverage": "share of the known violators that have an edge",
}
# What stands for the graph as a whole where a table's name is asked.
GRAPH = "graph"

CHECKS = Table(
    room="quality",
    name="checks",
    version="1.1",
    grain="one row per check of a table, passed or not",
    key=("table", "check", "columns"),
    columns=(
        Column("table", STRING, "full name of the table; graph: all edges together"),
        Column("check", STRING, "kind of check", allowed=(*KINDS, *WATCHED)),
        Column("columns", STRING, "the columns that it is about, by comma; empty for the table as a whole"),
        Column("severity", STRING, "critical: stops the run", allowed=("info", "warning", "critical")),
        Column("passed", BooleanType(), "whether the table passed"),
        Column("observed", STRING, "what was found, in words"),
        Column("expected", STRING, "what was asked, in words"),
        Column("rows", LONG, "rows of the slice", "rows", minimum=0),
        Column("unexpected_count", LONG, "rows at fault", "rows", minimum=0),
        Column("examples", ArrayType(STRING), "some rows at fault; personal values never"),
        Column(
            "value",
            DOUBLE,
            "what was measured: rows (volume), share of rows at fault (other contracts), else as docs/quality.md "
            "says of the kind; null: there was nothing to measure or to compare with",
            nullable=True,
        ),
        Column("least", DOUBLE, "smallest value that passes; null: none", nullable=True),
        Column("most", DOUBLE, "largest value that passes; null: none", nullable=True),
        Column(
            "compared_with",
            STRING,
            "id of the release that the run was compared with; empty: there was none",
            nullable=True,
        ),
    ),
)


@dataclass(frozen=True)
class Check:
    """One thing asked of a table.

    kind: one of KINDS or WATCHED. least, most: what its value may be; of rows at fault the largest share, 0..1.
    target: what a reference points at; "" elsewhere.
    """

    kind: str
    columns: tuple[str, ...]
    severity: Severity
    expected: str
    least: float | None = None
    most: float | None = None
    target: str = ""

    @property
    def label(self) -> str:
        """Short name, unique in its table: `not_null(order_id)`."""
        return f"{self.kind}({', '.join(self.columns)})"


@dataclass(frozen=True)
class Measured:
    """What was found for a watched check of a table. value: None where there was nothing to measure or to compare with.

    observed: in words. rows: of the table.
    """

    table: str
    check: Check
    value: float | None
    observed: str
    rows: int


@dataclass(frozen=True)
class CheckResult:
    """How one check of a table went. unexpected_count, rows: rows at fault, and rows in all."""

    table: str
    check: str
    columns: tuple[str, ...]
    severity: Severity
    passed: bool
    observed: str
    expected: str
    rows: int
    unexpected_count: int
    examples: tuple[str, ...] = ()
    value: float | None = None
    least: float | None = None
    most: float | None = None


def checks_frame(spark: SparkSession, results: Iterable[CheckResult], compared_with: str = "") -> DataFrame:
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
            *(None if number is None else float(number) for number in (r.value, r.least, r.most)),
            compared_with,
        )
        for r in results
    ]
    return spark.createDataFrame(sorted(rows, key=lambda row: row[:3]), CHECKS.schema)
