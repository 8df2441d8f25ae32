"""What the overview tells, read from a release: changes, sizes, convergence, churn, quality."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.report.overview_facts import (
    Calibration,
    Change,
    Check,
    Churn,
    Event,
    Partition,
    Ranking,
    Recovery,
    Round,
)
from marketgraph.report.shelf import Shelf
from marketgraph.tables.communities import EVENTS, STOPS
from marketgraph.tables.entities import ENTITY_TABLES

MOST_CHECKS = 50


def changes(shelf: Shelf, before: Shelf | None, names: dict[str, str]) -> tuple[Change, ...]:
    """Rows of tables now and before. names: full name of the table -> what its rows are called."""
    return tuple(
        Change(told, shelf.rows[name], before.rows.get(name) if before else None)
        for name, told in names.items()
        if shelf.has(name)
    )


def entities(shelf: Shelf, before: Shelf | None) -> tuple[Change, ...]:
    """Entities by kind."""
    return changes(shelf, before, {table.full_name: f"{kind}s" for kind, table in ENTITY_TABLES.items()})


def sizes(shelf: Shelf) -> tuple[tuple[int, int], ...]:
    """(size, communities of it). Of n vertices there are at most sqrt(2 n) sizes."""
    profiles = shelf.table("communities.profiles")
    if profiles is None:
        return ()
    counted = profiles.groupBy("size").agg(F.count(F.lit(1)).alias("communities")).orderBy("size")
    return tuple((row["size"], row["communities"]) for row in counted.collect())


def rounds(shelf: Shelf) -> tuple[Round, ...]:
    """Label propagation, round by round."""
    rows = shelf.collect("communities.iterations", "iteration")
    return tuple(Round(row["iteration"], row["changed"], row["share"]) for row in rows)


def partition(shelf: Shelf) -> Partition | None:
    """The one row of the partition; None without the table."""
    for row in shelf.collect("communities.partition", "labels_hash"):
        return Partition(
            row["stopped"],
            STOPS.get(row["stopped"], ""),
            row["kept"],
            row["vertices"],
            row["communities"],
            row["size_p50"],
            row["size_max"],
            row["modularity"],
            row["coverage"],
        )
    return None


def churn(shelf: Shelf) -> Churn | None:
    """How the communities follow those of the slice before; None without the table."""
    rows = shelf.collect("communities.churn", "communities")
    lineage = shelf.table("communities.lineage")
    if not rows or lineage is None:
        return None
    row = rows[0]
    found = _events(lineage)
    events = tuple(found.get(name, Event(name, 0, 0, 0, 0)) for name in EVENTS)
    return Churn(
        row["previous_as_of"],
        row["communities"],
        row["communities_before"],
        row["kept"],
        row["changed"],
        row["churn"],
        events,
    )


def _events(lineage: DataFrame) -> dict[str, Event]:
    sums = [F.sum(name).alias(name) for name in ("size_before", "overlap", "size")]
    rows = lineage.groupBy("event").agg(F.count(F.lit(1)).alias("rows"), *sums).collect()
    return {r["event"]: Event(r["event"], r["rows"], r["size_before"], r["overlap"], r["size"]) for r in rows}


def warned(shelf: Shelf) -> tuple[Check, ...]:
    """The first of the checks that did not pass."""
    checks = shelf.table("quality.checks")
    if checks is None:
        return ()
    failed = checks.where("not passed").orderBy("table", "check", "columns").limit(MOST_CHECKS)
    return tuple(
        Check(r["table"], r["check"], r["columns"], r["observed"], r["expected"]) for r in failed.collect()
    )


def recovery(shelf: Shelf) -> tuple[Recovery, ...]:
    """Relations against what was planted; nothing where nothing was."""
    rows = shelf.collect("quality.edge_recovery", "relation", "group_kind")
    return tuple(
        Recovery(
            r["relation"],
            r["group_kind"],
            r["pairs_planted"],
            r["pairs_found"],
            r["recall"],
            r["precision"],
        )
        for r in rows
    )


def ranking(shelf: Shelf) -> tuple[Ranking, ...]:
    """Planted groups in the top of the list; nothing where nothing was planted."""
    rows = shelf.collect("quality.ring_ranking", "group_kind")
    return tuple(
        Ranking(
            r["group_kind"],
            r["guilty"],
            r["planted"],
            r["found"],
            r["communities"],
            r["top"],
            r["recall"],
        )
        for r in rows
    )


def calibration(shelf: Shelf) -> tuple[Calibration, ...]:
    """How well held-out seeds are ranked, by domain; nothing where no violation is known."""
    rows = shelf.collect("risk.calibration", "domain")
    return tuple(
        Calibration(
            r["domain"],
            r["method"],
            r["seeds"],
            r["auc"],
            r["precision_at_1pct"],
            r["baseline_at_1pct"],
            r["lift"],
            r["brier_before"],
            r["brier_after"],
        )
        for r in rows
    )
