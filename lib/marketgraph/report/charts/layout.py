"""Where the vertices of a drawing are: each part that hangs together by springs, the parts beside each other.

Source: Fruchterman and Reingold (1991), begun, where there are few vertices, from the layout of Kamada and Kawai
(1989), both as networkx has them. What still lies on another is pushed apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import networkx as nx
import numpy as np
import numpy.typing as npt

ROUNDS, SEED = 150, 1
# The layout by distances takes half a second for 70 vertices, and a twentieth of it for these.
MOST_BY_DISTANCE = 32
APART, PUSHES = 27.0, 60
# Parts smaller than this are stacked, so many in a column.
SMALL, STACKED = 8, 4
Box = tuple[float, float, float, float]
Places = npt.NDArray[np.float64]


def places_of(weights: Mapping[tuple[int, int], float], box: Box) -> dict[int, tuple[int, int]]:
    """Whole units within the box (left, top, right, bottom) for each end of a pair. Equal pairs give equal places."""
    graph = nx.Graph()
    graph.add_nodes_from(sorted({vertex for pair in weights for vertex in pair}))
    heaviest = max(weights.values()) or 1.0
    for (src, dst), weight in sorted(weights.items()):
        graph.add_edge(src, dst, weight=0.5 + weight / heaviest)
    parts = sorted((sorted(part) for part in nx.connected_components(graph)), key=lambda p: (-len(p), p[0]))
    found: dict[int, tuple[int, int]] = {}
    for part, room in zip(parts, _rooms([len(part) for part in parts], box), strict=True):
        placed = _apart(_fitted(_sprung(graph.subgraph(part), part), room), room)
        found.update({vertex: (round(x), round(y)) for vertex, (x, y) in zip(part, placed, strict=True)})
    return found


def _rooms(sizes: Sequence[int], box: Box) -> list[Box]:
    """A room for each part, the largest first: columns as wide as their parts are large."""
    left, top, right, bottom = box
    columns = [[n] for n in sizes if n >= SMALL]
    small = [n for n in sizes if n < SMALL]
    columns += [small[n : n + STACKED] for n in range(0, len(small), STACKED)]
    total = sum(max(column) + 3 for column in columns)
    rooms, x = [], left
    for column in columns:
        wide = (right - left) * (max(column) + 3) / total
        gap = 18 if len(columns) > 1 else 0
        high = (bottom - top) / len(column)
        for n in range(len(column)):
            pad = gap if len(column) > 1 else 0
            rooms.append((x + gap, top + n * high + pad, x + wide - gap, top + (n + 1) * high - pad))
        x += wide
    return rooms


def _sprung(graph: nx.Graph, vertices: Sequence[int]) -> Places:
    """A row per vertex, by springs."""
    if len(vertices) <= MOST_BY_DISTANCE:
        start = nx.kamada_kawai_layout(graph, pos=nx.circular_layout(graph), weight=None)
        rounds = 30
    else:
        start, rounds = nx.circular_layout(graph), ROUNDS
    gap = 1.6 / len(vertices) ** 0.5
    found = nx.spring_layout(graph, k=gap, pos=start, iterations=rounds, weight="weight", seed=SEED)
    return np.array([found[vertex] for vertex in vertices], dtype=np.float64)


def _fitted(places: Places, room: Box) -> Places:
    """Stretched to the room; what is a point or a line lies in its middle."""
    left, top, right, bottom = room
    low, span = places.min(axis=0), np.ptp(places, axis=0)
    size = np.array([max(right - left, 1.0), max(bottom - top, 1.0)])
    share = np.where(span > 1e-6, (places - low) / np.maximum(span, 1e-6), 0.5)
    fitted: Places = np.array([left, top]) + share * size
    return fitted


def _apart(places: Places, room: Box) -> Places:
    """Pairs that are nearer than APART pushed from each other, as long as there are any; nobody leaves the room."""
    left, top, right, bottom = room
    # two at one place have no direction between them: each is given one of its own
    turns = np.arange(len(places)) * 2.4
    placed = places + 0.5 * np.column_stack([np.cos(turns), np.sin(turns)])
    for _ in range(PUSHES):
        between = placed[:, None, :] - placed[None, :, :]
        distance = np.sqrt((between**2).sum(axis=2)) + np.eye(len(placed)) * 1e9
        lacking = np.maximum(APART - distance, 0)
        if not lacking.any():
            break
        push = (between / distance[:, :, None] * lacking[:, :, None]).sum(axis=1) * 0.4
        placed = np.clip(placed + push, (left, top), (max(right, left), max(bottom, top)))
    return placed
