"""Where tables can name an entity is found from their contracts, and no table is passed over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyspark.sql.types import ArrayType, LongType, StringType

from marketgraph.config_file import load_config
from marketgraph.quality.checks import CHECKS
from marketgraph.releases.release import pinned_tables
from marketgraph.tables import Column, Table
from marketgraph.tables.communities import PROFILES
from marketgraph.tables.evidence import PATHS
from marketgraph.tables.naming import HOW, NOBODY, groups_undecided, places_of, undecided
from marketgraph.tables.runs import RUNS, STAGES
from marketgraph.tables.sources import ORDERS, REHASHED
from tests.conftest import ROOT

TABLES = (*pinned_tables(load_config(ROOT / "conf" / "local.yml")), REHASHED, RUNS, STAGES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_of_every_column_that_could_name_an_entity_it_is_decided_whether_it_does(table: Table) -> None:
    assert undecided(table) == []


def test_a_new_table_of_which_nothing_is_decided_is_told() -> None:
    new = Table(
        room="risk",
        name="appeals",
        grain="one row per appeal",
        key=("appeal",),
        columns=(
            Column("appeal", LongType(), "its number"),
            Column("vertex_id", LongType(), "who appeals"),
            Column("witnesses", ArrayType(LongType()), "vertices of those who saw it"),
            Column("letter", StringType(), "what they wrote"),
        ),
    )
    assert undecided(new) == ["appeal", "witnesses", "letter"]


def test_a_new_column_of_a_known_table_is_told() -> None:
    more = Column("best_friend", LongType(), "a vertex", minimum=0)
    assert undecided(replace(PATHS, columns=(*PATHS.columns, more))) == ["best_friend"]


def test_groups_of_every_relation_are_decided() -> None:
    assert groups_undecided() == []


def test_each_way_of_naming_is_used_by_some_table_and_none_without_its_meaning() -> None:
    assert {place.how for table in TABLES for place in places_of(table)} == set(HOW)


def test_no_column_is_listed_that_no_table_has() -> None:
    assert NOBODY - {column.name for table in TABLES for column in table.columns} == set()


def test_an_order_names_its_buyer_for_good_and_its_content_as_long_as_it_may() -> None:
    assert [(place.kind, place.nullable) for place in places_of(ORDERS)] == [
        ("buyer", False),
        ("content", True),
    ]


def test_aggregates_name_nobody() -> None:
    assert places_of(PROFILES) == ()
    assert places_of(CHECKS) != ()  # their examples do
