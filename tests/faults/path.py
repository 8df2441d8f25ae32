"""A graph whose labels take many iterations, so that something can be killed within, and the command on it."""

from __future__ import annotations

import csv
from pathlib import Path

from marketgraph.communities.settings import Propagation

ITERATIONS = 12
# Along a path a label goes on by a vertex or two per iteration, so that none of them is the last.
EDGES = [(vertex, vertex + 1, 1.0) for vertex in range(2000)]
RULE = Propagation(max_iterations=ITERATIONS, schedule="alternating")


def words_of(folder: Path) -> list[str]:
    """Options of `communities`: a path of 2001 vertices, a checkpoint after each iteration, all in `folder`."""
    edges = folder / "edges.csv"
    edges.write_text("".join(f"{one},{other}\n" for one, other, _ in EDGES))
    asked = {
        "edges": edges,
        "out": folder / "labels",
        "schedule": "alternating",
        "max-iterations": ITERATIONS,
        "checkpoints": folder / "checkpoints",
        "checkpoint-every": 1,
    }
    return [word for name, value in asked.items() for word in (f"--{name}", str(value))]


def in_the_middle(folder: Path) -> bool:
    """Whether iterations have ended, and most have not."""
    return any(folder.glob("checkpoints/*/iteration=3/manifest.json"))


def labels_in(folder: Path) -> dict[int, int]:
    found = {}
    for part in (folder / "labels").glob("part-*.csv"):
        with part.open() as rows:
            found |= {int(row[0]): int(row[1]) for row in csv.reader(rows) if row[0].lstrip("-").isdigit()}
    return found
