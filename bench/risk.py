"""Part `risk`: the walk against GraphFrames' pageRank, on the same edges, with the same rounds."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.graphs import Graph, planted_graph
from bench.measures import read_columns
from bench.process import Outcome, run
from bench.report import Section
from bench.trials import Plan

WALKERS = ("ours", "ours, 5 at once", "graphframes")
COLUMNS = ("engine", "seconds", "of ours", "peak MB", "correlation with ours")
NOTES = [
    "Seconds: from the edges on disk to the ranks in Delta; the start of Spark is not counted.",
    "All: PageRank from every vertex with the reset probability 0.15, over the undirected edges; 5 at once: with four"
    " more walks from seeds of their own beside it.",
    "GraphX starts from other ranks: after 20 rounds they are within 4 % of ours.",
]


def walked(plan: Plan, *, vertices: int, names: Sequence[str] = WALKERS) -> Section:
    """All engines on one planted graph."""
    graph = planted_graph(vertices, plan.folder / "edges-risk")
    found: list[dict[str, Any]] = []
    reference: np.ndarray | None = None
    for name in names:
        out = plan.folder / f"ranks-{len(found)}"
        found.append(_tried(name, graph, out, plan))
        if found[-1]["state"] == "ended":
            ranks = read_columns(out, "vertex_id", "rank")[1]
            reference = ranks if reference is None else reference
            found[-1] |= {
                "ratio": found[-1]["seconds"] / found[0]["seconds"],
                "correlation": float(np.corrcoef(ranks, reference)[0, 1]),
            }
        print(f"{graph.name}: {name}: {_row(found[-1], plan)[1:]}", flush=True)
    data = {"graph": graph.name, "vertices": graph.vertices, "edges": graph.edges, "engines": found}
    return Section(graph.title, COLUMNS, [_row(one, plan) for one in found], NOTES, data)


def _tried(name: str, graph: Graph, out: Path, plan: Plan) -> dict[str, Any]:
    """The median of as many runs as the plan wants; of GraphFrames as of other slow peers."""
    told: list[dict[str, float]] = []
    outcome = Outcome("failed", 0)
    for _ in range(plan.slow_runs if name == "graphframes" else plan.runs):
        shutil.rmtree(out, ignore_errors=True)
        heap = plan.heaps.others if name == "graphframes" else plan.heaps.kernel
        own = [
            sys.executable,
            "-m",
            "bench.walkers",
            name,
            str(graph.folder),
            str(out),
            str(plan.rounds),
            heap,
        ]
        outcome = run(own, limit=plan.limit)
        if outcome.state != "ended":
            return {"engine": name, "state": outcome.state, "reason": outcome.reason, "runs": told}
        told.append(outcome.told | {"peak": outcome.peak})
    seconds, peak = (statistics.median(one[key] for one in told) for key in ("seconds", "peak"))
    return {"engine": name, "state": "ended", "seconds": seconds, "peak": peak, "runs": told}


def _row(known: dict[str, Any], plan: Plan) -> list[str]:
    if known["state"] != "ended":
        said = f"> {plan.limit:g} s" if known["state"] == "late" else "failed"
        return [known["engine"], said, *["–"] * (len(COLUMNS) - 2)]
    return [
        known["engine"],
        f"{known['seconds']:.1f}",
        f"{known['ratio']:.2f}" if "ratio" in known else "–",
        f"{known['peak'] / 1e6:,.0f}",
        f"{known['correlation']:.4f}" if "correlation" in known else "–",
    ]
