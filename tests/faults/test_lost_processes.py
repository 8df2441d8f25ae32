"""Processes of Spark that die in the middle of label propagation: one message and a rerun, or nobody notices."""

from __future__ import annotations

import csv
import os
import signal
from pathlib import Path

import pytest

from marketgraph.communities.settings import Propagation
from tests.communities.oracle import propagated
from tests.faults.processes import Begun, begun, children, command_of, marketgraph

pytestmark = pytest.mark.slow

ITERATIONS = 12
# Along a path a label goes on by a vertex or two per iteration, so that none of them is the last.
EDGES = [(vertex, vertex + 1, 1.0) for vertex in range(2000)]
RULE = Propagation(max_iterations=ITERATIONS, schedule="alternating")


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The command `communities` on a path of 2001 vertices, with a checkpoint after each iteration."""
    edges = tmp_path / "edges.csv"
    edges.write_text("".join(f"{one},{other}\n" for one, other, _ in EDGES))
    asked = {
        "edges": edges,
        "out": tmp_path / "labels",
        "schedule": "alternating",
        "max-iterations": ITERATIONS,
        "checkpoints": tmp_path / "checkpoints",
        "checkpoint-every": 1,
        "driver-memory": "1g",
    }
    return [word for name, value in asked.items() for word in (f"--{name}", str(value))]


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
    assert labels_in(tmp_path / "labels") == propagated(EDGES, RULE)


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
    assert labels_in(tmp_path / "labels") == propagated(EDGES, RULE)


def in_the_middle(folder: Path) -> bool:
    """Whether iterations have ended, and most have not."""
    return any(folder.glob("checkpoints/*/iteration=3/manifest.json"))


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


def labels_in(folder: Path) -> dict[int, int]:
    found = {}
    for part in folder.glob("part-*.csv"):
        with part.open() as rows:
            found |= {int(row[0]): int(row[1]) for row in csv.reader(rows) if row[0].lstrip("-").isdigit()}
    return found
