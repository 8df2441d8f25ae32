"""The whole pipeline on a real cluster: a standalone master and two workers, through spark-submit.sh."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.packed_environment import packed_path
from marketgraph.releases.load import load_release
from marketgraph.releases.release import pinned_tables
from tests.cluster.standalone import Cluster, standalone
from tests.conftest import ROOT
from tests.faults.compared import tables_that_differ
from tests.faults.processes import begun, marketgraph
from tests.published import DATES, NO_SETS, SIZE, order

pytestmark = [pytest.mark.slow, pytest.mark.long]

# `make test-cluster SCALE=1` makes it as large as `make run`: half an hour.
SCALE = os.environ.get("MARKETGRAPH_CLUSTER_SCALE", "")
LARGE = (NO_SETS, f"sources.synthetic.scale={SCALE}", "spark.driver_memory=4g", "spark.shuffle_partitions=2")
LIMIT = 2 * 3600.0


@pytest.fixture
def local(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A warehouse that a run in one process has left."""
    if not SCALE:
        published: tuple[Path, object] = request.getfixturevalue("published")
        return published[0]
    root = tmp_path / "local"
    words = [
        "run",
        "--config",
        "conf/local.yml",
        "--as-of",
        DATES[0],
        *sets(root, "exports.formats=[]", *LARGE),
    ]
    subprocess.run(marketgraph(*words), cwd=ROOT, check=True, timeout=LIMIT)
    return root


def test_a_run_on_a_cluster_that_loses_a_worker_gives_the_release_of_a_local_run(
    spark: SparkSession, local: Path, tmp_path: Path
) -> None:
    """The code goes along as a zip, the packages as an archive, the jars by Spark; the warehouse is elsewhere."""
    root = tmp_path / "elsewhere" / "warehouse"
    root.mkdir(parents=True)
    _events(root).mkdir()
    shutil.copy2(local / "id.key", root / "id.key")
    with standalone(tmp_path / "cluster") as cluster:
        with begun(submitted(cluster, root), tmp_path / "run.log", SPARK_LOCAL_IP="127.0.0.1") as process:
            assert process.until(lambda: "build_edges" in process.told()), process.told()[-3000:]
            assert [len(worker.executors()) for worker in cluster.workers] == [1, 1]
            cluster.workers[0].kill()
            assert process.wait(LIMIT) == 0, process.told()[-3000:]
        assert "Lost executor" in process.told()
        assert packed_path().is_file()
        unpacked = [*(tmp_path / "cluster" / "work1").glob("app-*/*/environment/bin/python")]
        assert len(unpacked) == 1, "the worker that was left ran the archive's Python"
        assert [*_events(root).glob("eventlog_v2_app-*/events_1_*")], (
            "Spark's history server has what to show"
        )
    config = order(local, DATES[0], *(LARGE if SCALE else ())).read()[0]
    ours, theirs = (load_release(spark, DATES[0], root=str(place)) for place in (local, root))
    assert tables_that_differ(ours, theirs, pinned_tables(config)) == []


def submitted(cluster: Cluster, root: Path) -> list[str]:
    """The pipeline by the cluster's own config, adaptive execution too, with the places and sizes of this test."""
    here = (
        "sources.synthetic={}",
        "identifiers={}",
        f"spark.checkpoint_dir={root.parent}/checkpoints",
        f"spark.extra.spark.eventLog.dir={_events(root).as_uri()}",
        # one worker's heap of 3 GiB holds an executor, and Python beside it
        *("spark.extra.spark.executor.memory=2g", "spark.extra.spark.executor.cores=1"),
        "spark.extra.spark.cores.max=2",
    )
    sizes = LARGE if SCALE else (*SIZE, NO_SETS)
    words = ["pipeline", "--config", "conf/cluster.yml", "--as-of", DATES[0]]
    return ["./spark-submit.sh", "--master", cluster.master, *words, *sets(root, *here, *sizes)]


def _events(root: Path) -> Path:
    """Where Spark's event log goes."""
    return root.parent / "events"


def sets(root: Path, *told: str) -> list[str]:
    """Overrides as words of a command line, with everything of the run in one folder."""
    places = (f"store.root={root}", f"sources.data={root}/raw", f"identifiers.key_file={root}/id.key")
    return [word for one in (*told, *places) for word in ("--set", one)]
