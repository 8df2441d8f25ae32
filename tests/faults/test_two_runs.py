"""Two runs of one date as processes: the one that was held up finds that the other has won, and says so."""

from __future__ import annotations

import signal
import sys
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.books import Books
from marketgraph.store import Store
from marketgraph.tables.sources import QUARANTINE, SOURCE_TABLES
from tests.conftest import ROOT
from tests.faults.processes import begun, commits
from tests.stages.test_bad_input import assert_told, run, shop

pytestmark = pytest.mark.slow
__all__ = ["shop"]  # a fixture
DAY = date(2018, 3, 1)


def command(shop: Path) -> list[str]:
    """The job conform_sources on the shop, as a process of its own."""
    root = shop.parent
    places = (f"store.root={root}/warehouse", f"identifiers.key_file={root}/id.key")
    asked = {"config": ROOT / "conf" / "local.yml", "as-of": DAY, "source": root / "shop.yml", "data": shop}
    words = [word for name, value in asked.items() for word in (f"--{name}", str(value))]
    return [sys.executable, "-m", "jobs.conform_sources", *words, *[w for p in places for w in ("--set", p)]]


def test_a_run_that_another_has_overtaken_says_so_and_changes_nothing(
    spark: SparkSession, shop: Path, tmp_path: Path
) -> None:
    root, store = tmp_path / "warehouse", Store(spark, str(tmp_path / "warehouse"))
    with begun(command(shop), tmp_path / "first.log") as first:
        assert first.until(lambda: any(name.startswith("sources/") for name in commits(root))), first.told()
        first.send(signal.SIGSTOP)  # in the middle of its writes, four of which go side by side
        assert run(shop, "sources.max_quarantine_share=0.5", job="conform_sources") == 0
        won = Books(store, DAY)
        first.send(signal.SIGCONT)
        assert first.wait() == 4, first.told()[-3000:]
    assert_told(first.told()[first.told().rindex("error: ") :], "another run", "one run of a date")
    standing = Books(store, DAY)
    for table in (*SOURCE_TABLES, QUARANTINE):
        assert standing.slice(table) == won.slice(table)
        assert store.read_slice(table, standing.slice(table)).count() == standing.slice(table).rows
    assert standing.slice(SOURCE_TABLES[0]).rows == 2
