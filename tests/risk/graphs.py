"""Small graphs of ties for the walk, without Spark, and what a walk on them is by linear algebra."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from marketgraph.communities.csr import Edges, Layout, compressed, sorted_by_block
from marketgraph.communities.votes import UNITS
from marketgraph.risk.exchange import Hearing, Here
from marketgraph.risk.ties import CODES
from marketgraph.risk.walk import Walked, walk

Tie = tuple[int, int, float, int]  # src, dst, weight, code
ONE = np.ones((1, 1))  # the factors of one tie in one domain


def hearing(
    ties: Sequence[Tie],
    vertices: int,
    *,
    factors: np.ndarray = ONE,
    blocks: int = 1,
    hubs: Sequence[int] = (),
) -> Hearing:
    """Blocks as `pack` makes them, in this process."""
    layout = Layout(vertices, blocks, np.array(hubs if blocks > 1 else (), np.int32))
    src, dst = (np.array([tie[end] for tie in ties], np.int32) for end in (0, 1))
    votes = np.array([round(tie[2] * UNITS) * CODES + tie[3] for tie in ties], np.int64)
    chunks = sorted_by_block(Edges(src, dst, votes), layout, layout.ranks())
    made = [
        (block, compressed([chunk], layout.height(block) + layout.hubs.size, known=vertices, once=False))
        for block, chunk in chunks
    ]
    return Hearing(layout, factors, Here(made))


def walked(
    ties: Sequence[Tie],
    seeds: np.ndarray,
    *,
    factors: np.ndarray = ONE,
    domains: Sequence[int] | None = None,
    restart: float = 0.3,
    tolerance: float = 1e-9,
    max_iterations: int = 200,
    **layout: object,
) -> Walked:
    """A walk from seeds of shape (vertices, columns)."""
    graph = hearing(ties, seeds.shape[0], factors=factors, **layout)  # type: ignore[arg-type]
    of = np.array(domains if domains is not None else [0] * seeds.shape[1], np.int32)
    return walk(
        graph, graph.degrees(), seeds, of, restart=restart, tolerance=tolerance, max_iterations=max_iterations
    )


def solved(
    ties: Sequence[Tie],
    seeds: np.ndarray,
    *,
    factors: np.ndarray = ONE,
    domain: int = 0,
    restart: float = 0.3,
):
    """The visits of one column, by solving (I - (1 - restart) W D^-1) f = y."""
    size = seeds.size
    weights = np.zeros((size, size))
    for src, dst, weight, code in ties:
        if src != dst:
            told = round(round(weight * UNITS) * factors[code, domain])
            weights[src, dst] += told
            weights[dst, src] += told
    degrees = weights.sum(axis=0)
    steps = np.divide(weights, degrees, out=np.zeros_like(weights), where=degrees > 0)
    return np.linalg.solve(np.eye(size) - (1 - restart) * steps, seeds)
