"""A run that is killed or stopped again and again ends with the release of a run that nobody disturbed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import StoreError
from marketgraph.releases.load import list_releases, load_release
from marketgraph.releases.release import GateCounts, pin, pinned_tables, release_row
from marketgraph.stages.release import id_of
from marketgraph.store import Store
from marketgraph.tables.communities import LABELS
from marketgraph.tables.operations import RELEASES
from tests.faults.compared import tables_that_differ
from tests.faults.processes import Begun, begun, commits, marketgraph
from tests.faults.story import run_of, written
from tests.published import DATES, order

pytestmark = pytest.mark.slow

# Not an earlier date, which the gate would compare the run with.
ANOTHER_DATE = date(2025, 1, 1)
SEED = 629
STOPS = {3: "the process", 8: "all of its group"}  # which of twelve are SIGTERM, and to whom; ten are kill -9


@dataclass(frozen=True)
class Warehouse:
    """A warehouse with a release of another date, in which a run is disturbed."""

    spark: SparkSession
    root: Path
    old: str

    @property
    def store(self) -> Store:
        return Store(self.spark, str(self.root))

    def run(self) -> list[str]:
        asked = order(self.root, DATES[0], "exports.formats=[]")
        sets = [word for told in asked.overrides for word in ("--set", told)]
        return marketgraph("run", "--config", str(asked.config), "--as-of", DATES[0], *sets)

    def written(self) -> Counter[str]:
        """How often each table was committed since the old release; the books and the releases don't count."""
        names = [".".join(name.split("/")[:2]) for name in commits(self.root)]
        found = Counter(name for name in names if not name.startswith("releases."))
        return found - Counter([LABELS.full_name])

    def assert_only_the_old_release_is_there(self) -> None:
        """What a reader sees: nothing of the run, and all of what was there before."""
        assert [row["release_id"] for row in list_releases(self.store)] == [self.old]
        with pytest.raises(StoreError, match=f"no release '{DATES[0]}'"):
            load_release(self.spark, DATES[0], root=str(self.root))
        old = load_release(self.spark, self.old, root=str(self.root))
        assert {row["label"] for row in old.table(LABELS.full_name).collect()} == {7}
        assert old.table(LABELS.full_name).count() == 5


@pytest.fixture
def disturbed(spark: SparkSession, published, tmp_path: Path) -> Warehouse:
    return beside(spark, published[0], tmp_path / "warehouse")


def beside(spark: SparkSession, undisturbed: Path, root: Path) -> Warehouse:
    """The same sources and key as of the undisturbed run (files count with their times), and an old release."""
    shutil.copytree(undisturbed / "raw", root / "raw")
    shutil.copy2(undisturbed / "id.key", root / "id.key")
    store = Store(spark, str(root))
    held = written(store, ANOTHER_DATE, 7)
    row = release_row(
        spark,
        [pin(LABELS, held)],
        run=run_of(ANOTHER_DATE),
        gate=GateCounts(1, 0),
        published_at=datetime(2023, 1, 2),
    )
    store.append(RELEASES, row, app_id="release/old", app_version=1)
    return Warehouse(spark, root, str(list_releases(store)[0]["release_id"]))


@pytest.mark.parametrize(
    ("moments", "stops"),
    [(1, {}), pytest.param(12, STOPS, marks=pytest.mark.long)],
)
def test_kills_and_stops_at_random_moments_and_one_before_the_release_change_nothing(
    moments: int, stops: dict[int, str], disturbed: Warehouse, published, tmp_path: Path
) -> None:
    root, context = published
    undisturbed = load_release(disturbed.spark, id_of(context), root=str(root))
    draws, tables = random.Random(SEED), set(undisturbed.pins)
    for number, moment in enumerate(sorted(draws.sample(range(1, len(tables) - 5), moments))):
        until = max(moment, disturbed.written().total() + 1)  # each run comes further than the one before
        with begun(disturbed.run(), tmp_path / f"{number}.log") as run:
            assert run.until(lambda most=until: disturbed.written().total() >= most), run.told()[-3000:]
            time.sleep(draws.uniform(0, 0.5))
            assert_stopped(run, stops[number]) if number in stops else run.kill()
        disturbed.assert_only_the_old_release_is_there()
    # every table is written, and the row that publishes them is not
    with begun(disturbed.run(), tmp_path / "last.log") as run:
        assert run.until(lambda: tables <= set(disturbed.written())), run.told()[-3000:]
        run.kill()
    disturbed.assert_only_the_old_release_is_there()
    with begun(disturbed.run(), tmp_path / "whole.log") as run:
        assert run.wait() == 0, run.told()[-3000:]
    assert run.told().count("Traceback") == 0
    survived = load_release(disturbed.spark, DATES[0], root=str(disturbed.root))
    assert survived.id == undisturbed.id
    assert set(disturbed.written().values()) == {1}, "what stood was written again"
    assert tables_that_differ(survived, undisturbed, pinned_tables(context.config)) == []


def assert_stopped(run: Begun, whom: str) -> None:
    """SIGTERM ends it in good order: the documented exit code, one line, no JVM and nothing temporary is left."""
    os.kill(run.process.pid, signal.SIGTERM) if whom == "the process" else run.send(signal.SIGTERM)
    assert run.wait(60) == 143
    assert run.until_gone()
    assert "\nstopped by SIGTERM: nothing is half published" in run.told()
    assert "Traceback" not in run.told()
    assert list(run.scratch.iterdir()) == []
