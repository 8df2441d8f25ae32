"""A peer tried some times on a graph: the median of its seconds and of its peaks."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bench.graphs import Graph
from bench.process import ROOT, Outcome, run

PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
SLOW = ("sql", "graphx", "graphframes")


@dataclass(frozen=True)
class Heaps:
    """Of Spark's driver. GraphX needs far more than the kernel, whose blocks go to disk when they outgrow it.

    kernel: with its labels broadcast; what it shuffles passes through the heap, so that it gets the others' there.
    """

    others: str
    kernel: str

    def of(self, peer: str) -> str:
        """The heap of one peer."""
        return self.kernel if peer == "kernel" else self.others


@dataclass(frozen=True)
class Plan:
    """How peers are tried. limit: seconds for each run; slow_runs: of slow peers."""

    rounds: int
    runs: int
    slow_runs: int
    heaps: Heaps
    limit: float
    folder: Path

    @property
    def told(self) -> str:
        """What to know of every number below."""
        return (
            f"{self.rounds} iterations; median of {self.runs} runs ({self.slow_runs} of {', '.join(SLOW)}); "
            f"heap {self.heaps.kernel} for the kernel, {self.heaps.others} for the others on Spark; "
            f"at most {self.limit:g} s a run"
        )

    def runs_of(self, peer: str) -> int:
        return self.slow_runs if peer in SLOW else self.runs


@dataclass(frozen=True)
class Trial:
    """What came of a peer. seconds, peak (bytes): medians, None when it did not end; told: of each run."""

    peer: str
    outcome: Outcome
    labels: Path
    seconds: float | None = None
    peak: int | None = None
    told: list[dict[str, float]] = field(default_factory=list)


def tried(peer: str, graph: Graph, plan: Plan) -> Trial:
    """Run a peer as often as the plan wants, or until it is late or fails; the labels of the last run stay."""
    labels = plan.folder / f"labels-{peer}"
    told: list[dict[str, float]] = []
    for _ in range(plan.runs_of(peer)):
        shutil.rmtree(labels, ignore_errors=True)
        outcome = run(command(peer, graph, labels, plan), limit=plan.limit, own_paths=peer == "networkit")
        if outcome.state != "ended":
            return Trial(peer, outcome, labels, told=told)
        told.append(outcome.told | {"peak": outcome.peak})
    seconds = statistics.median(one["seconds"] for one in told)
    return Trial(peer, outcome, labels, seconds, int(statistics.median(one["peak"] for one in told)), told)


def command(peer: str, graph: Graph, labels: Path, plan: Plan) -> list[str]:
    """The command line of one run."""
    if peer == "networkit":
        return networkit("plp", graph.folder, labels, plan.rounds, os.cpu_count() or 1)
    own = [sys.executable, "-m", "bench.peers"]
    return [*own, peer, str(graph.folder), str(labels), str(plan.rounds), plan.heaps.of(peer)]


def networkit(*arguments: object) -> list[str]:
    """A command line of the peers' environment, which `make bench-env` makes."""
    return [str(PEERS_PYTHON), "-m", "bench.networkit_peer", *map(str, arguments)]
