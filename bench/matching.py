"""Part `matching`: how long it takes to name a day's communities after those of the day before."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.matching_day import BEFORE, MOST
from bench.measures import judged
from bench.process import Outcome, run
from bench.report import Section

MOVED = 0.05
STEPS = ("overlaps", "matched", "named", "lineage", "written")
COLUMNS = ("pairs matched", "seconds", "lowest", "highest", *STEPS, "peak MB", "ids kept", "churn")
WAYS = {"task": "in one task", "rounds": "in rounds of frames alone"}
NOTES = [
    f"{MOVED:.0%} of the vertices go to another community, drawn by its size; sizes are log-normal, sigma 1.",
    "Seconds: from the Parquet files of both days to members, lineage and churn, cold code and all; the session's "
    "start is not in them. local[2], each run a process of its own. The medians of its steps stand beside.",
]


@dataclass(frozen=True)
class Days:
    """Two days of communities on disk, as matching_day.py reads them."""

    folder: Path
    vertices: int
    communities: int


def drawn(folder: Path, *, vertices: int, communities: int, seed: int = 1) -> Days:
    """Who is in which community on either day, the same for a seed; communities by their smallest vertex."""
    dice = np.random.default_rng(seed)
    shares = dice.lognormal(size=communities)
    ids = np.arange(communities)
    was = np.concatenate([ids, dice.choice(ids, vertices - communities, p=shares / shares.sum())])
    was = dice.permutation(was)  # none is empty
    moves = dice.random(vertices) < MOVED
    now = np.where(moves, was[dice.integers(0, vertices, vertices)], was)
    _written(folder / "before", vertex_id=np.arange(vertices), community_id=was)
    _written(folder / "now", vertex_id=np.arange(vertices), first_vertex=_smallest(now))
    first = np.full(communities, BEFORE)
    _written(
        folder / "ids", community_id=ids, first_as_of=first, first_vertex=np.unique(was, return_index=True)[1]
    )
    return Days(folder, vertices, communities)


def measured(days: Days, *, runs: int, memory: str, limit: float) -> Section:
    """Both ways of matching, of which the pipeline takes the first unless there are more pairs than a task is given."""
    outcomes = {way: _tried(way, days, runs, memory, limit) for way in MOST}
    rows = [_row(WAYS[way], tried) for way, tried in outcomes.items()]
    seconds = [one.told["seconds"] for one in outcomes["task"] if one.state == "ended"]
    said = (
        [f"The bar is for the first: {judged(statistics.median(seconds), aim=10, bar=30, unit=' s')}."]
        if seconds
        else []
    )
    title = f"{days.vertices:,} vertices, {days.communities:,} communities a day"
    return Section(
        title, COLUMNS, rows, [*NOTES, *said, *_failed(outcomes)], {w: _data(o) for w, o in outcomes.items()}
    )


def _tried(way: str, days: Days, runs: int, memory: str, limit: float) -> list[Outcome]:
    command = [sys.executable, "-m", "bench.matching_day", str(days.folder), way, memory]
    return [run(command, limit=limit) for _ in range(runs)]


def _row(name: str, tried: list[Outcome]) -> list[str]:
    if any(one.state != "ended" for one in tried):
        return [name, "did not end", *["–"] * (len(COLUMNS) - 2)]
    seconds = [one.told["seconds"] for one in tried]
    told, peak = tried[-1].told, statistics.median(one.peak for one in tried)
    return [
        name,
        *(f"{value:.1f}" for value in (statistics.median(seconds), min(seconds), max(seconds))),
        *(f"{statistics.median(one.told['steps'][step] for one in tried):.1f}" for step in STEPS),
        f"{peak / 1e6:,.0f}",
        f"{told['kept_ids']:,}",
        f"{told['churn']:.4f}",
    ]


def _failed(outcomes: dict[str, list[Outcome]]) -> list[str]:
    return [
        f"{WAYS[w]}: {one.state}. {one.reason}"
        for w, o in outcomes.items()
        for one in o
        if one.state != "ended"
    ]


def _data(tried: list[Outcome]) -> list[dict[str, Any]]:
    return [{**one.told, "peak": one.peak, "state": one.state, "whole process": one.seconds} for one in tried]


def _smallest(communities: np.ndarray) -> np.ndarray:
    """For each vertex the smallest vertex of its community."""
    _, first, number = np.unique(communities, return_index=True, return_inverse=True)
    return first[number]


def _written(folder: Path, **columns: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(columns).to_parquet(folder / "part-0.parquet", index=False)
