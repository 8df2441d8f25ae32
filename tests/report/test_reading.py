"""What the report reads off the tables of a release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pyspark.sql import DataFrame, SparkSession

from marketgraph.report.reading_list import lineage
from marketgraph.report.reading_relations import FINEST, relations
from marketgraph.report.shelf import Shelf
from marketgraph.tables.communities import LINEAGE
from marketgraph.tables.edges import EDGE_TABLES
from tests.builders import rows_of

NEW, OLD = datetime(2024, 6, 18), datetime(2023, 8, 1)


def shelf_with(frames: Mapping[str, DataFrame]) -> Shelf:
    """A release of these tables alone."""
    rows = {name: frame.count() for name, frame in frames.items()}
    return Shelf("2024-06-19.a", date(2024, 6, 19), None, "", "", 0, 0, rows, frames.__getitem__)


def test_a_community_that_took_in_many_leaves_the_others_theirs(spark: SparkSession) -> None:
    merged = [
        {"community_id": 3, "event": "merged", "previous_id": 100 + n, "overlap": n + 1} for n in range(20)
    ]
    rows = [*merged, {"community_id": 7, "event": "grown", "previous_id": 7, "overlap": 5}]
    found = lineage(shelf_with({"communities.lineage": rows_of(spark, LINEAGE, rows)}), [3, 7], 8)
    assert [one.overlap for one in found[3]] == list(range(20, 12, -1))
    assert [(one.event, one.overlap) for one in found[7]] == [("grown", 5)]


def test_an_edge_whose_weight_has_faded_to_nothing_counts_as_the_lightest(spark: SparkSession) -> None:
    edges = [
        {"src": 1, "dst": 2, "weight": 0.0, "evidence_count": 4, "first_seen": OLD, "last_seen": OLD},
        {"src": 3, "dst": 4, "weight": 0.75, "evidence_count": 1, "first_seen": NEW, "last_seen": NEW},
    ]
    table = EDGE_TABLES["shares_ip"]
    (told,) = relations(shelf_with({table.full_name: rows_of(spark, table, edges)}), None, 5)
    assert (told.vertices, told.evidence, told.first_seen, told.last_seen) == (4, 5, OLD, NEW)
    assert told.weights == ((-FINEST, 1), (-1, 1))
