"""Parts `growth` and `largest`: the kernel's seconds and memory on planted graphs, doubling, and on one large graph."""

from __future__ import annotations

import shutil

from bench.graphs import EDGES_OF_A_VERTEX, Graph, planted_graph, planted_in_pieces
from bench.measures import exponent, read_labels, slope
from bench.report import Section
from bench.trials import Plan, Trial, tried

COLUMNS = ("edges", "vertices", "seconds", "lowest", "highest", "M edges a second", "peak MB")
LAST = 3  # points of the fit: two doublings


def grown(plan: Plan, *, smallest: int, doublings: int) -> Section:
    """The kernel with exchange `broadcast` on planted graphs of `smallest` edges, doubled so many times."""
    measured: list[tuple[Graph, Trial]] = []
    for double in range(doublings + 1):
        graph = planted_graph(round((smallest << double) / EDGES_OF_A_VERTEX), plan.folder / "edges-growth")
        trial = tried("kernel", graph, plan)
        measured.append((graph, trial))
        print(f"growth: {_row(graph, trial)}", flush=True)
        shutil.rmtree(graph.folder)
        if trial.seconds is None:
            break
    rows = [_row(graph, trial) for graph, trial in measured]
    notes, fit = _fitted([(g.edges, t.seconds, t.peak) for g, t in measured if t.seconds and t.peak], plan)
    return Section("the kernel on planted graphs", COLUMNS, rows, notes, {"points": _data(measured), **fit})


def _fitted(points: list[tuple[int, float, int]], plan: Plan) -> tuple[list[str], dict[str, float]]:
    """The exponent over the last two doublings and the bytes per edge over the last one."""
    if len(points) < LAST:
        return ["Too few points for a fit."], {}
    edges, seconds, peaks = (list(values) for values in zip(*points[-LAST:], strict=True))
    fit = {"exponent": exponent(edges, seconds), "bytes_per_edge": slope(edges, peaks)}
    return [
        f"Seconds grow as edges^{fit['exponent']:.2f} over the last two doublings (the slope of log seconds against "
        "log edges, three points); the fixed cost is in them, nothing is subtracted.",
        f"Peak memory (PSS, whole process tree, heap {plan.heaps.kernel}, exchange broadcast) grows by "
        f"{fit['bytes_per_edge']:.0f} bytes per undirected edge between the two largest. The JVM fills whatever heap "
        "it is given before it collects: a larger one grows with its garbage, and is no faster.",
    ], fit


def largest(plan: Plan, *, edges: int) -> Section:
    """One run of the kernel on a planted graph that is written to disk in pieces."""
    graph = planted_in_pieces(edges, plan.folder / "edges-largest")
    trial = tried("kernel", graph, plan)
    notes = ["One run. Pieces are drawn apart: an edge that two of them drew is on disk twice."]
    if trial.seconds is not None:
        notes.append(f"{read_labels(trial.labels).communities:,} communities.")
    notes += [f"It did not end: {trial.outcome.state}. {trial.outcome.reason}"] * (trial.seconds is None)
    shutil.rmtree(graph.folder)
    return Section(graph.title, COLUMNS, [_row(graph, trial)], notes, {"points": _data([(graph, trial)])})


def _row(graph: Graph, trial: Trial) -> list[str]:
    if trial.seconds is None or trial.peak is None:
        return [f"{graph.edges:,}", f"{graph.vertices:,}", trial.outcome.state, *["–"] * 4]
    runs = [run["seconds"] for run in trial.told]
    return [
        f"{graph.edges:,}",
        f"{graph.vertices:,}",
        *(f"{seconds:.1f}" for seconds in (trial.seconds, min(runs), max(runs))),
        f"{graph.edges / trial.seconds / 1e6:.2f}",
        f"{trial.peak / 1e6:,.0f}",
    ]


def _data(measured: list[tuple[Graph, Trial]]) -> list[dict[str, object]]:
    return [
        {
            "vertices": graph.vertices,
            "edges": graph.edges,
            "seconds": trial.seconds,
            "peak": trial.peak,
            "state": trial.outcome.state,
            "reason": trial.outcome.reason,
            "runs": trial.told,
        }
        for graph, trial in measured
    ]
