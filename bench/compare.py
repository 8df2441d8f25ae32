"""Part `peers`: label propagation of several engines on the same edges, with the same number of iterations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.graphs import Graph, planted_graph, rmat_graph
from bench.measures import Labels, nmi, read_labels
from bench.report import Section
from bench.trials import Plan, Trial, tried

PEERS = ("kernel", "kernel-shuffle", "sql", "graphx", "graphframes", "networkit")
SAME = (
    "kernel",
    "kernel-shuffle",
    "sql",
    "graphframes",
)  # synchronous, a tie to the smallest: one right answer
COLUMNS = ("peer", "seconds", "of the kernel's", "peak MB", "communities", "equal?", "NMI with the kernel")
NOTES = [
    "Seconds: from the edges on disk to the labels written; the start of Spark or of Python is not counted.",
    "Peak: PSS of the whole process tree, sampled four times a second.",
    "graphx breaks ties by the order of a hash map; networkit (PLP) is asynchronous and ends when no label changes.",
]


def compared(kind: str, peers: Sequence[str], plan: Plan, *, vertices: int, scale: int) -> Section:
    """All peers on one graph. kind: `planted` or `rmat`."""
    own = plan.folder / f"edges-{kind}"
    return _section(
        planted_graph(vertices, own) if kind == "planted" else rmat_graph(scale, own), peers, plan
    )


def _section(graph: Graph, peers: Sequence[str], plan: Plan) -> Section:
    ordered = sorted(peers, key=lambda peer: peer != "kernel")  # the others are compared with it
    kernel: Trial | None = None
    labels: Labels | None = None
    found = []
    for peer in ordered:
        trial = tried(peer, graph, plan)
        if peer == "kernel" and trial.seconds is not None:
            kernel, labels = trial, read_labels(trial.labels)
        found.append(_facts(trial, kernel, labels))
        print(f"{graph.name}: {peer}: {_row(found[-1], plan)[1:]}", flush=True)
    data = {"graph": graph.name, "vertices": graph.vertices, "edges": graph.edges, "peers": found}
    return Section(graph.title, COLUMNS, [_row(one, plan) for one in found], NOTES, data)


def _facts(trial: Trial, kernel: Trial | None, reference: Labels | None) -> dict[str, Any]:
    """All that is known of a trial, for the JSON. seconds: median; peak: bytes, median; ratio: to the kernel's."""
    known: dict[str, Any] = {"peer": trial.peer, "state": trial.outcome.state, "runs": trial.told}
    if trial.seconds is None:
        return known | {"reason": trial.outcome.reason}
    known |= {"seconds": trial.seconds, "peak": trial.peak}
    if kernel is not None and kernel.seconds is not None:
        known["ratio"] = trial.seconds / kernel.seconds
    found = read_labels(trial.labels)
    known |= {"communities": found.communities, "digest": found.digest}
    if reference is not None:
        same = np.array_equal(found.ids, reference.ids)
        known["nmi"] = nmi(found.labels, reference.labels) if same else None
        known["equal"] = found.digest == reference.digest if trial.peer in SAME else None
    return known


def _row(known: dict[str, Any], plan: Plan) -> list[str]:
    if known["state"] != "ended":
        said = f"> {plan.limit:g} s" if known["state"] == "late" else "failed"
        return [known["peer"], said, *["–"] * (len(COLUMNS) - 2)]
    equal = {True: "yes", False: "NO", None: "–"}[known.get("equal")]
    return [
        known["peer"],
        f"{known['seconds']:.1f}",
        _number(known.get("ratio"), ".2f"),
        f"{known['peak'] / 1e6:,.0f}",
        f"{known['communities']:,}",
        equal,
        _number(known.get("nmi"), ".3f"),
    ]


def _number(value: float | None, kind: str) -> str:
    return "–" if value is None else format(value, kind)
