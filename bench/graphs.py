"""Graphs to measure on, made by numpy from a seed and written as Parquet: (src, dst), undirected, each edge once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILES = 8
INNER, OUTER, SIZE = (
    12.0,
    6.5,
    100,
)  # of planted graphs: neighbours in and out of the community, and its vertices
EDGES_OF_A_VERTEX = (INNER + OUTER) / 2


@dataclass(frozen=True)
class Graph:
    """A graph on disk. vertices: those that may have an edge; edges: rows in `folder`."""

    name: str
    folder: Path
    vertices: int
    edges: int

    @property
    def title(self) -> str:
        return f"{self.name}: {self.vertices:,} vertices, {self.edges:,} edges"


def planted_graph(vertices: int, folder: Path) -> Graph:
    """A planted graph with the bench's own numbers of neighbours, on disk."""
    edges = planted(vertices, inner=INNER, outer=OUTER, size=SIZE)
    return _written("planted", edges, vertices, folder)


def rmat_graph(scale: int, folder: Path) -> Graph:
    """An R-MAT graph of edge factor 8, on disk."""
    return _written(f"R-MAT scale {scale}", rmat(scale), 1 << scale, folder)


def planted(vertices: int, *, inner: float, outer: float, size: int = SIZE, seed: int = 1) -> np.ndarray:
    """Communities of `size` vertices; a vertex has `inner` neighbours in its own and `outer` anywhere, on average.

    Ids are shuffled, so that a community's vertices do not lie side by side. Shape (edges, 2).
    """
    dice = np.random.default_rng(seed)
    near, far = int(vertices * inner / 2), int(vertices * outer / 2)
    ends = _planted_ends(dice, vertices, near, far, size)
    return _simple(dice.permutation(vertices)[ends])


def planted_in_pieces(edges: int, folder: Path, *, piece: int = 2_000_000, seed: int = 1) -> Graph:
    """As `planted`, about `edges` edges, drawn and written piece by piece, so that memory holds one piece and the ids.

    Each piece is a simple graph; an edge that two pieces happen to draw stays there twice.
    """
    vertices = max(1, round(edges / EDGES_OF_A_VERTEX))
    names = np.random.default_rng(seed).permutation(np.arange(vertices, dtype=np.int32))
    folder.mkdir(parents=True)
    rows = 0
    for number, begin in enumerate(range(0, edges, piece)):
        drawn = min(piece, edges - begin)
        near = round(drawn * INNER / (INNER + OUTER))
        dice = np.random.default_rng([seed, number])
        part = _simple(names[_planted_ends(dice, vertices, near, drawn - near, SIZE)].astype(np.int64))
        _write_file(part, folder / f"part-{number}.parquet")
        rows += len(part)
    return Graph("planted, in pieces", folder, vertices, rows)


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
        _write_file(part, folder / f"part-{number}.parquet")


def _written(name: str, edges: np.ndarray, vertices: int, folder: Path) -> Graph:
    write(edges, folder)
    return Graph(name, folder, vertices, len(edges))


def _write_file(edges: np.ndarray, path: Path) -> None:
    table = pa.table({"src": edges[:, 0], "dst": edges[:, 1]})
    pq.write_table(table, path, row_group_size=1 << 18)


def _planted_ends(dice: np.random.Generator, vertices: int, near: int, far: int, size: int) -> np.ndarray:
    """`near` pairs within a community and `far` ones anywhere, before ids are shuffled."""
    one = dice.integers(0, vertices, near)
    other = one // size * size + dice.integers(0, size, near)
    inside = np.stack([one, np.minimum(other, vertices - 1)], axis=1)
    return np.concatenate([inside, dice.integers(0, vertices, (far, 2))])


def _simple(ends: np.ndarray) -> np.ndarray:
    """Each undirected edge once, no self-loops, in the order of its ends."""
    low, high = ends.min(axis=1), ends.max(axis=1)
    code = np.unique((low << 32 | high)[low != high])
    return np.stack([code >> 32, code & 0xFFFFFFFF], axis=1)
