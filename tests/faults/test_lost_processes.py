"""Processes of Spark that die in the middle of label propagation: one message and a rerun, or nobody notices."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.communities.oracle import propagated
from tests.faults.path import EDGES, RULE, in_the_middle, labels_in, words_of
from tests.faults.processes import Begun, begun, children, command_of, marketgraph

pytestmark = pytest.mark.slow


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    return [*words_of(tmp_path), "--driver-memory", "1g"]


def test_a_python_worker_that_is_killed_is_one_message_and_a_rerun_goes_on(
    words: list[str], tmp_path: Path
) -> None:
    command = [*marketgraph("communities", *words), "--master", "local[2]"]
    with begun(command, tmp_path / "first.log") as first:
        assert first.until(lambda: in_the_middle(tmp_path)), first.told()[-3000:]
        # one that waits for work is taken for the next task; so all of them, until the run has ended
        while first.process.poll() is None:
            killed(workers(first))
        assert first.wait() == 4, first.told()[-3000:]
    message = first.told()[first.told().rindex("error: ") :]
    assert "a Python worker of Spark was killed in the middle of its work" in message
    assert "what to do: " in message
    assert "Traceback" not in message
    assert not (tmp_path / "labels").exists()
    with begun([*command, "--resume"], tmp_path / "second.log") as second:
        assert second.wait() == 0, second.told()[-3000:]
    assert "goes on after iteration" in second.told()
    assert labels_in(tmp_path) == propagated(EDGES, RULE)


def test_an_executor_that_is_lost_on_a_cluster_changes_no_label(words: list[str], tmp_path: Path) -> None:
    submit = ["./spark-submit.sh", "communities", "--master", "local-cluster[2,1,1024]"]
    with begun([*submit, "--", *words], tmp_path / "run.log") as run:
        assert run.until(lambda: in_the_middle(tmp_path)), run.told()[-3000:]
        executors = [
            pid for pid in children(run.process.pid) if "CoarseGrainedExecutorBackend" in command_of(pid)
        ]
        assert len(executors) == 2
        killed(executors[:1])
        assert run.wait() == 0, run.told()[-3000:]
    assert "Lost executor" in run.told()
    assert labels_in(tmp_path) == propagated(EDGES, RULE)


def workers(run: Begun) -> list[int]:
    """The Python workers: what the daemon that forks them has forked."""
    daemons = [pid for pid in children(run.process.pid) if "pyspark.daemon" in command_of(pid)]
    return [worker for daemon in daemons for worker in children(daemon)]


def killed(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it has ended by itself
            continue
