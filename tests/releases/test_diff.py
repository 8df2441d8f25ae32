"""Two releases compared by the command."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import LongType

from marketgraph.releases.load import listed_releases
from marketgraph.releases.republish import republish
from marketgraph.tables import Column
from marketgraph.tables.communities import COMPONENTS, LABELS, MEMBERS
from marketgraph.tables.entities import VERTEX_IDS
from tests.releases.days import MONDAY, TUESDAY, Warehouse


@pytest.fixture
def days(spark: SparkSession, warehouse: str) -> Warehouse:
    return Warehouse(spark, warehouse)


def diff(days: Warehouse, before: str, after: str) -> dict:
    told = json.loads(days.command("releases", "diff", before, after, "--json").output)
    return {**told, "tables": {one["table"]: one for one in told["tables"]}}


def test_two_days_differ_by_keys_and_communities(days: Warehouse) -> None:
    first = days.publish(MONDAY, "a", {LABELS: [(1, 1), (2, 1), (3, 1)], MEMBERS: [(1, 0), (2, 0)]})
    days.publish(TUESDAY, "b", {LABELS: [(1, 1), (2, 9), (4, 4), (5, 4)], MEMBERS: [(1, 0), (2, 1), (4, 1)]})
    found = diff(days, first, "2024-01-02")
    labels = found["tables"]["communities.labels"]
    assert (labels["rows_before"], labels["rows_after"], labels["differs"]) == (3, 4, True)
    assert labels["keys"] == {"added": 2, "removed": 1, "changed": 1}
    assert (found["communities"]["kept"], found["communities"]["changed"]) == (2, 1)
    assert found["communities"]["churn"] == 0.5
    page = days.command("releases", "diff", first, "2024-01-02").output
    assert "50.00% of 2 in both" in page
    assert "0 of 2 tables are the same" in page


def test_what_did_not_change_is_counted_and_not_listed(days: Warehouse) -> None:
    same = [(1, 1), (2, 2)]
    days.publish(MONDAY, "a", {LABELS: same, COMPONENTS: same})
    days.publish(TUESDAY, "b", {LABELS: same, COMPONENTS: [(1, 1), (2, 1)]})
    page = days.command("releases", "diff", "2024-01-01", "2024-01-02").output
    assert "communities.components" in page
    assert "communities.labels" not in page
    assert "1 of 2 tables are the same" in page
    assert diff(days, "2024-01-01", "2024-01-01")["tables"]["communities.components"]["keys"]["changed"] == 0


def test_a_map_that_an_erasure_wrote_anew_still_tells_what_came_to_it(days: Warehouse) -> None:
    def ids(*names: str) -> list[tuple]:
        return [("merchant", name, int(name[1:]), MONDAY, False) for name in names]

    first = days.publish(MONDAY, "a", {VERTEX_IDS: ids("M0")})
    second = days.publish(TUESDAY, "b", {VERTEX_IDS: ids("M1", "M2")})
    for one in listed_releases(days.store):
        rows = {pin["table"]: pin["rows"] for pin in one.row["pins"]}
        republish(days.store, one, {name: (1, count) for name, count in rows.items()})
    keys = diff(days, first, second)["tables"]["entities.vertex_ids"]["keys"]
    assert keys == {"added": 2, "removed": 0, "changed": 0}


def test_tables_and_columns_that_come_and_go_are_told(days: Warehouse) -> None:
    confidence = Column("confidence", LongType(), "of a test", nullable=True)
    wider = replace(LABELS, columns=(*LABELS.columns, confidence), grows=True)
    before = days.publish(MONDAY, "a", {LABELS: [(1, 1)], COMPONENTS: [(1, 1)]})
    after = days.publish(date(2024, 1, 9), "b", {wider: [(1, 1, 7)], MEMBERS: [(1, 0)]})
    found = diff(days, before, after)
    assert found["tables"]["communities.labels"]["schema"]["added"] == ["confidence"]
    assert found["tables"]["communities.labels"]["keys"] == {"added": 0, "removed": 0, "changed": 0}
    assert found["tables"]["communities.components"]["rows_after"] is None
    assert found["tables"]["communities.members"]["rows_before"] is None
    assert found["communities"] is None
    page = days.command("releases", "diff", before, after).output
    assert "+confidence" in page
    assert "–" in page


def test_a_release_that_is_not_there_is_one_message(days: Warehouse) -> None:
    one = days.publish(MONDAY, "a")
    done = days.command("releases", "diff", one, "2023-01-01")
    assert (done.exit_code, "no release '2023-01-01'" in done.output) == (4, True)
