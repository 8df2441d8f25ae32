"""What each stage cost on marketplaces of several scales, as `make bench ARGS="--parts stages"` has measured it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

# These read the sources' rows; what comes after build_edges reads edges.
BY_ROWS = ("make_marketplace", "conform_sources", "build_entities", "build_features", "build_sequences")


@dataclass(frozen=True)
class StageWork:
    """What one stage did in one run. Bytes are of all its tasks together.

    seconds: of the wall. task_seconds: of all cores. peak_bytes: the largest sum that the tasks of one of Spark's
    stages held for shuffles, sorts and joins.
    """

    seconds: float
    task_seconds: float
    shuffle_bytes: int
    spilled_bytes: int
    written_bytes: int
    peak_bytes: int


NOTHING = StageWork(0.0, 0.0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Point:
    """One measured run. rows: of the conformed sources. edges: of all relations. driver_bytes: resident, at most."""

    scale: float
    rows: int
    edges: int
    vertices: int
    seconds: float
    driver_bytes: int
    stages: Mapping[str, StageWork]


@dataclass(frozen=True)
class Measured:
    """Runs on one machine, by ascending scale."""

    machine: str
    cores: int
    points: tuple[Point, ...]


@cache
def measured() -> Measured:
    """The runs that this version of marketgraph was sized by."""
    text = (resources.files(__package__) / "measured.json").read_text(encoding="utf-8")
    return parsed(json.loads(text))


def parsed(told: Mapping[str, Any]) -> Measured:
    """The runs as measured.json tells of them."""
    points = [
        Point(**{**one, "stages": {name: StageWork(**work) for name, work in one["stages"].items()}})
        for one in told["points"]
    ]
    return Measured(told["machine"], told["cores"], tuple(sorted(points, key=lambda point: point.scale)))
