"""The rows that fail a check, by their values: what is suspect is counted here, without hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.quality.checks import Check
from marketgraph.quality.conditions import ROW_KINDS, all_null, any_null, bad_row
from marketgraph.quality.suspicions import Parents, Subject, Suspicions, suspicions_of


@dataclass(frozen=True)
class Numbers:
    """What was counted of a table: rows, and rows at fault by check (no entry: none)."""

    rows: int = 0
    unexpected: Mapping[Check, int] = field(default_factory=dict)


def measure(subjects: Sequence[Subject], parents: Parents) -> list[Numbers]:
    """The numbers of each subject: one query for all, and a few for each subject that is suspect."""
    suspected = suspicions_of(subjects, parents) if subjects else []
    return [_numbers(s, found, parents) for s, found in zip(subjects, suspected, strict=True)]


def repeated(subject: Subject, check: Check) -> DataFrame:
    """One row per value that several rows share, with their number n."""
    keyed = subject.frame.where(f"not {all_null(check.columns)}")
    return keyed.groupBy(*check.columns).agg(F.count(F.lit(1)).alias("n")).where("n > 1")


def orphans(subject: Subject, check: Check, parents: Parents) -> DataFrame:
    """The rows that refer to a row which is not there."""
    children, parent = subject.frame.where(f"not {any_null(check.columns)}"), parents[check.target]
    known = parent.toDF(*[f"parent{i}" for i in range(len(parent.columns))])
    same = [children[c] == known[p] for c, p in zip(check.columns, known.columns, strict=True)]
    # many-to-one: all that a row refers to is one parent, and only whether it is there counts
    return children.join(known, on=same, how="left_anti")


def _numbers(subject: Subject, suspected: Suspicions, parents: Parents) -> Numbers:
    by_row = [check for check in suspected.checks if check.kind in ROW_KINDS]
    counted = _bad_rows(subject, by_row) if by_row else {}
    for check in suspected.checks:
        if check.kind == "unique":
            counted[check] = repeated(subject, check).agg(F.sum("n")).collect()[0][0] or 0
        elif check.kind == "reference":
            counted[check] = orphans(subject, check, parents).count()
    return Numbers(suspected.rows, {check: rows for check, rows in counted.items() if rows})


def _bad_rows(subject: Subject, checks: Sequence[Check]) -> dict[Check, int]:
    counts = [f"count_if({bad_row(subject.table, check)})" for check in checks]
    return dict(zip(checks, subject.frame.selectExpr(*counts).collect()[0], strict=True))
