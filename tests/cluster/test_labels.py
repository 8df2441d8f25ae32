"""Label propagation on a real cluster: what CI runs of it. The whole pipeline there is `make test-cluster`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from marketgraph.packed_environment import packed_path
from tests.cluster.standalone import standalone
from tests.communities.oracle import propagated
from tests.faults.path import EDGES, RULE, in_the_middle, labels_in, words_of
from tests.faults.processes import begun

pytestmark = pytest.mark.slow


def test_labels_on_a_cluster_that_loses_a_worker_in_the_middle_are_those_by_hand(tmp_path: Path) -> None:
    """The code goes along as a zip, the packages as an archive, the jars by Spark.

    On the worker that is left the command finds them once more, now in a process of its own without spark-submit.
    """
    again = tmp_path / "again"
    again.mkdir()
    sizes = ("--driver-memory", "1g", "--executor-memory", "1g", "--total-executor-cores", "2")
    with standalone(tmp_path / "cluster") as cluster:
        submit = ["./spark-submit.sh", "communities", "--master", cluster.master, *sizes]
        command = [*submit, "--", *words_of(tmp_path)]
        with begun(command, tmp_path / "run.log", SPARK_LOCAL_IP="127.0.0.1") as run:
            assert run.until(lambda: in_the_middle(tmp_path)), run.told()[-3000:]
            assert [len(worker.executors()) for worker in cluster.workers] == [1, 1]
            cluster.workers[0].kill()
            assert run.wait() == 0, run.told()[-3000:]
        assert "Lost executor" in run.told()
        assert packed_path().is_file()
        unpacked = [*(tmp_path / "cluster" / "work1").glob("app-*/*/environment/bin/python")]
        assert len(unpacked) == 1, "the worker that was left ran the archive's Python"
        plain = [
            str(Path(sys.executable).with_name("marketgraph")),
            "communities",
            "--master",
            cluster.master,
        ]
        command = [*plain, "--driver-memory", "1g", *words_of(again)]
        with begun(command, tmp_path / "again.log", SPARK_LOCAL_IP="127.0.0.1") as run:
            assert run.wait() == 0, run.told()[-3000:]
    assert labels_in(tmp_path) == labels_in(again) == propagated(EDGES, RULE)
