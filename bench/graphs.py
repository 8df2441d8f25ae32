"""Graphs to measure on, made by numpy from a seed and written as Parquet: (src, dst), undirected, each edge once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILES = 8


def planted(vertices: int, *, inner: float, outer: float, size: int = 100, seed: int = 1) -> np.ndarray:
    """Communities of `size` vertices; a vertex has `inner` neighbours in its own and `outer` anywhere, on average.

    Ids are shuffled, so that a community's vertices do not lie side by side. Shape (edges, 2).
    """
    dice = np.random.default_rng(seed)
    near, far = int(vertices * inner / 2), int(vertices * outer / 2)
    one = dice.integers(0, vertices, near)
    other = one // size * size + dice.integers(0, size, near)
    ends = np.concatenate(
        [
            np.stack([one, np.minimum(other, vertices - 1)], axis=1),
            dice.integers(0, vertices, (far, 2)),
        ]
    )
    return _simple(dice.permutation(vertices)[ends])


def rmat(scale: int, *, edge_factor: int = 8, seed: int = 1) -> np.ndarray:
    """An R-MAT graph of 2^scale vertices, with Graph500's probabilities (0.57, 0.19, 0.19, 0.05).

    Source: Chakrabarti, Zhan and Faloutsos (2004). Shape (edges, 2).
    """
    dice = np.random.default_rng(seed)
    ends = np.zeros((edge_factor << scale, 2), np.int64)
    for _ in range(scale):
        drawn = dice.random(len(ends))
        ends = 2 * ends + np.stack(
            [drawn >= 0.76, (drawn >= 0.57) & (drawn < 0.76) | (drawn >= 0.95)], axis=1
        )
    return _simple(dice.permutation(1 << scale)[ends])


def write(edges: np.ndarray, folder: Path) -> None:
    """The edges as Parquet in a few files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(np.array_split(edges, FILES)):
        table = pa.table({"src": part[:, 0], "dst": part[:, 1]})
        pq.write_table(table, folder / f"part-{number}.parquet", row_group_size=1 << 18)


def _simple(ends: np.ndarray) -> np.ndarray:
    """Each undirected edge once, no self-loops, in the order of its ends."""
    low, high = ends.min(axis=1), ends.max(axis=1)
    code = np.unique((low << 32 | high)[low != high])
    return np.stack([code >> 32, code & 0xFFFFFFFF], axis=1)
