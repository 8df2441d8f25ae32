"""Today's contracts beside the record of all that were in force, and the migrations between them."""

from __future__ import annotations

from collections import Counter

import pytest
from pyspark.sql import SparkSession

from marketgraph.contracts import known_contracts
from marketgraph.evolved import at_contract
from marketgraph.tables import Table
from marketgraph.tables.contract import Column
from marketgraph.tables.migrations import MIGRATIONS, faults_of, history
from marketgraph.tables.record import COMMAND, committed, faults, recorded, written

TABLES = known_contracts()


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.full_name)
def test_a_contract_that_changed_has_another_version(table: Table) -> None:
    assert faults(table, committed()) == []


def test_the_record_knows_todays_versions() -> None:
    missing = [t.full_name for t in TABLES if t.version not in committed().versions(t.full_name)]
    assert missing == [], f"add them to the record: {COMMAND}"
    assert written(recorded(TABLES, committed())) == written(committed()), f"write it anew: {COMMAND}"


def test_no_two_tables_have_one_name() -> None:
    assert [name for name, count in Counter(t.full_name for t in TABLES).items() if count > 1] == []


def test_every_new_major_version_has_a_migration_and_every_migration_its_versions() -> None:
    told, record = history(), committed()
    lacking = [t.full_name for t in TABLES if told.path(t.full_name, 1, t.major) is None]
    assert lacking == [], "declare a migration in lib/marketgraph/tables/migrations.py"
    for one in MIGRATIONS:
        old, new = (record.latest(one.table, major) for major in (one.before, one.before + 1))
        assert old is not None and new is not None, f"the record knows no such versions of {one.table}"
        first = record.tables[one.table][f"{one.before + 1}.0"]
        assert faults_of(one, old, first) == []


def test_every_migration_fits_the_rows_that_it_is_for(request: pytest.FixtureRequest) -> None:
    for one in MIGRATIONS:  # none yet: Spark is not asked for
        spark: SparkSession = request.getfixturevalue("spark")
        old = committed().latest(one.table, one.before) or ()
        frame = spark.createDataFrame([], ", ".join(f"`{c.name}` {c.type}" for c in old))
        (table,) = (contract for contract in TABLES if contract.full_name == one.table)
        assert at_contract(frame, table, major=one.before, history=history()).columns


def test_a_column_that_may_be_null_has_no_default_beside_it() -> None:
    with pytest.raises(ValueError, match="may be null"):
        Column("stars", TABLES[0].columns[0].type, "of a test", nullable=True, default=1)
