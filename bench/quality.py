"""Part `quality`: how near the labels come to planted communities, on LFR graphs, by NMI."""

from __future__ import annotations

import itertools
import json
import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.measures import nmi, read_labels
from bench.process import Outcome, run
from bench.report import Section
from bench.trials import Plan, networkit

MUS = ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6")
CHOICES = {
    f"{schedule}, {ties}": {"schedule": schedule, "ties": ties}
    for schedule, ties in itertools.product(("alternating", "synchronous"), ("current", "smallest"))
}
PLP = "networkit PLP"
NOTES = [
    "LFR graphs of NetworKit's generator: mean degree 20, largest 50, exponent of degrees -2; communities of 20..100, "
    "exponent of sizes -1: set B of Lancichinetti and Fortunato (2009), which has it with 1,000 and 5,000 vertices.",
    "NMI: 2 I / (H + H'), by the arithmetic mean (Danon et al. 2005). 1: the planted communities; 0: nothing of them.",
    "Seeds of the graphs: 1, 2, ..., one thread. PLP runs on all cores, and its labels vary from run to run.",
]


def judged(plan: Plan, *, vertices: int, graphs: int, rounds: int) -> Section:
    """NMI with the truth by mixing parameter, mean over the graphs. rounds: at most so many iterations."""
    folder = plan.folder / "lfr"
    _need(run(networkit("lfr", folder, vertices, ",".join(MUS), graphs), limit=plan.limit, own_paths=True))
    _need(run(networkit("plps", folder, rounds, os.cpu_count() or 1), limit=plan.limit, own_paths=True))
    ours = [sys.executable, "-m", "bench.quality", str(folder), str(rounds), plan.heaps.kernel]
    _need(run(ours, limit=plan.limit))
    found = {mu: _scores(sorted(folder.glob(f"mu-{mu}-*"))) for mu in MUS}
    columns = [*CHOICES, PLP]
    rows = [[mu, *(f"{statistics.mean(found[mu][c]):.3f}" for c in columns)] for mu in MUS]
    title = f"LFR, {vertices:,} vertices, mean of {graphs} graphs each, at most {rounds} iterations: NMI"
    return Section(title, ["mu", *columns], rows, NOTES, found)


def _need(outcome: Outcome) -> None:
    if outcome.state != "ended":
        raise SystemExit(f"quality: a process was {outcome.state}. {outcome.reason}")


def _scores(graphs: Sequence[Path]) -> dict[str, list[float]]:
    """By column, the NMI of each graph, over the vertices that have an edge."""
    scores: dict[str, list[float]] = {name: [] for name in (*CHOICES, PLP)}
    for graph in graphs:
        truth = read_labels(graph / "truth").labels
        for name, values in scores.items():
            found = read_labels(graph / ("plp" if name == PLP else name))
            values.append(nmi(found.labels, truth[found.ids]))
    return scores


def main(folder: str, rounds: str, memory: str) -> None:
    """The kernel on each LFR graph with each choice, in one Spark session: <graph>/<choice>."""
    from bench.peers import kernel, read_edges, session

    spark = session("quality", memory)
    graphs = sorted(path for path in Path(folder).iterdir() if path.is_dir())
    for graph, (name, choices) in itertools.product(graphs, CHOICES.items()):
        labels = kernel(read_edges(spark, str(graph / "edges")), int(rounds), **choices).toPandas()
        (graph / name).mkdir()
        pq.write_table(pa.Table.from_pandas(labels), graph / name / "part-0.parquet")
        spark.catalog.clearCache()
    spark.stop()
    sys.stdout.write(json.dumps({"graphs": len(graphs)}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
