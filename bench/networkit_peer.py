"""NetworKit's part, in its own environment (.venv-bench): its label propagation, PLP, and its LFR graphs.

PLP is asynchronous (a vertex hears what others have just become), its threads race, and a tie
goes by the order of a hash map. A vertex none of whose neighbours changed is not visited again.
Source of PLP: Staudt and Meyerhenke (2016). Imports nothing of ours but `bench.graphs`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import networkit as nk
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import coo_matrix

from bench.graphs import write

SPARE = 4  # ids are vertices as they are while the largest is at most this many times the number of edges
# Lancichinetti and Fortunato (2009), set B ("big" communities), there with 1,000 and 5,000 vertices.
DEGREE, MAX_DEGREE, DEGREE_EXPONENT = 20, 50, -2
SMALLEST, LARGEST, SIZE_EXPONENT = 20, 100, -1


def plp(edges: str, out: str, rounds: str, threads: str) -> None:
    """Prints the seconds from the edges on disk to the labels in Parquet: reading and the graph's build included."""
    nk.setNumberOfThreads(int(threads))
    begun = time.monotonic()
    table = pq.read_table(edges, columns=["src", "dst"])
    ends = [table.column(name).to_numpy() for name in ("src", "dst")]
    ids, labels, passed = _labels(ends[0], ends[1], int(rounds))
    _write_labels(ids, labels, Path(out))
    seconds = time.monotonic() - begun
    sys.stdout.write(json.dumps({"seconds": seconds, "iterations": passed, "cores": int(threads)}) + "\n")


def _labels(src: np.ndarray, dst: np.ndarray, rounds: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Ids of the vertices that have an edge, their labels, and the iterations that PLP took."""
    vertices, names = int(max(src.max(), dst.max())) + 1, None
    if vertices > SPARE * src.size:
        names, places = np.unique(np.concatenate([src, dst]), return_inverse=True)
        src, dst, vertices = places[: src.size], places[src.size :], names.size
    algorithm = nk.community.PLP(_graph(src, dst, vertices), 0, rounds)
    algorithm.run()
    labels = np.asarray(algorithm.getPartition().getVector(), np.int64)
    joined = np.zeros(vertices, bool)
    joined[src] = joined[dst] = True
    ids = np.flatnonzero(joined)
    found = labels[ids]
    return (ids, found, algorithm.numberOfIterations()) if names is None else (
        names[ids], names[found], algorithm.numberOfIterations()
    )  # fmt: skip


def _graph(src: np.ndarray, dst: np.ndarray, vertices: int) -> nk.Graph:
    """Undirected, from compressed rows that hold each edge once: its fastest way in (GraphFromCoo takes thrice)."""
    ones = np.ones(src.size, np.int8)
    kind = np.int32 if vertices < 1 << 31 else np.int64
    rows = coo_matrix((ones, (src.astype(kind), dst.astype(kind))), shape=(vertices, vertices)).tocsr()
    return nk.GraphFromCsr(rows, directed=False)


def _write_labels(ids: np.ndarray, labels: np.ndarray, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"vertex_id": ids, "label": labels}), folder / "part-0.parquet")


def lfr(folder: str, vertices: str, mus: str, graphs: str) -> None:
    """For each mixing parameter `graphs` LFR graphs: mu-<mu>-<seed>/edges and /truth. Prints their edges by name."""
    made = {}
    nk.setNumberOfThreads(1)  # so that a seed is one graph
    for mu in mus.split(","):
        for seed in range(1, int(graphs) + 1):
            ends, truth = _lfr_graph(int(vertices), float(mu), seed)
            name = f"mu-{mu}-{seed}"
            write(ends, Path(folder) / name / "edges")
            _write_labels(np.arange(truth.size), truth, Path(folder) / name / "truth")
            made[name] = len(ends)
    sys.stdout.write(json.dumps(made) + "\n")


def _lfr_graph(vertices: int, mu: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    nk.setSeed(seed, False)
    maker = nk.generators.LFRGenerator(vertices)
    maker.generatePowerlawDegreeSequence(DEGREE, MAX_DEGREE, DEGREE_EXPONENT)
    maker.generatePowerlawCommunitySizeSequence(SMALLEST, LARGEST, SIZE_EXPONENT)
    maker.setMu(mu)
    graph = maker.generate()
    ends = np.fromiter((end for edge in graph.iterEdges() for end in edge), np.int64).reshape(-1, 2)
    return ends, np.asarray(maker.getPartition().getVector(), np.int64)


def plps(folder: str, rounds: str, threads: str) -> None:
    """PLP on each LFR graph of a folder: <graph>/plp. Prints the iterations by graph."""
    nk.setNumberOfThreads(int(threads))
    passed = {}
    for graph in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        table = pq.read_table(graph / "edges")
        ids, labels, iterations = _labels(
            table.column("src").to_numpy(), table.column("dst").to_numpy(), int(rounds)
        )
        _write_labels(ids, labels, graph / "plp")
        passed[graph.name] = iterations
    sys.stdout.write(json.dumps(passed) + "\n")


if __name__ == "__main__":
    {"plp": plp, "lfr": lfr, "plps": plps}[sys.argv[1]](*sys.argv[2:])
