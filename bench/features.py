"""Part `features`: seconds and memory of build_features on marketplaces of growing scale."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.built import EdgePlan
from bench.delta import live_files, rows
from bench.marketplaces import CONF, Marketplace, fresh_copy, job, prepared
from bench.measures import exponent, judged
from bench.process import Outcome, run
from bench.report import Section
from marketgraph.config_file import load_config
from marketgraph.tables.features import feature_tables

COLUMNS = (
    "scale",
    "entities",
    "seconds",
    "lowest",
    "highest",
    "K entities a second",
    "peak MB",
    "heap",
    "partitions",
)
LAST = 3  # points of the fit: two doublings
BEFORE = ("build_edges", "find_communities")  # what features need beyond a prepared marketplace, made once


@dataclass(frozen=True)
class Featured:
    """What came of build_features at a scale: of each run, and how many entities have features."""

    scale: float
    outcome: Outcome
    told: list[dict[str, float]] = field(default_factory=list)
    entities: int = 0

    def median(self, what: str) -> float | None:
        """The median over the runs; None when it did not end."""
        return statistics.median(one[what] for one in self.told) if self.outcome.state == "ended" else None


def grown(plan: EdgePlan, scales: Sequence[float]) -> Section:
    """build_features at each scale, and how its seconds grow over the last two steps."""
    points: list[Featured] = []
    for scale in scales:
        points.append(_featured(prepared(plan.place, scale, plan.sizing), plan))
        print(f"features: {_row(points[-1], plan)} {points[-1].outcome.reason}", flush=True)
        if points[-1].outcome.state != "ended":
            break
    data = [
        {"scale": p.scale, "entities": p.entities, "runs": p.told, "state": p.outcome.state} for p in points
    ]
    notes = [_of_columns(), *_at_one(points), *fitted([(p.scale, p.median("seconds")) for p in points])]
    return Section("build_features, all kinds", COLUMNS, [_row(p, plan) for p in points], notes, data)


def fitted(points: Sequence[tuple[float, float | None]]) -> list[str]:
    """What the exponent of seconds against scale is, over the last two steps. points: (scale, seconds)."""
    ended = [(scale, seconds) for scale, seconds in points if seconds is not None][-LAST:]
    if len(ended) < LAST:
        return ["Too few points for a fit."]
    found = exponent(*zip(*ended, strict=True))
    return [
        f"Exponent of seconds against scale, of the last three points: {judged(found, aim=1.02, bar=1.10)}."
    ]


def _featured(of: Marketplace, plan: EdgePlan) -> Featured:
    base, told = of.folder / "with-communities", []
    outcome = _made(of, plan, base)
    for _ in range(plan.runs if outcome.state == "ended" else 0):
        copy = fresh_copy(base, of.spare)
        outcome = run(_job("build_features", of, plan, copy), limit=plan.limit, talks=False)
        if outcome.state != "ended":
            break
        told.append({"seconds": outcome.seconds, "peak": float(outcome.peak)})
    kinds = ("merchants", "products", "creators", "contents", "buyers")
    entities = (
        sum(rows(live_files(of.spare / "features" / kind, of.days[-1])) for kind in kinds) if told else 0
    )
    for path in (base, of.spare):
        shutil.rmtree(path, ignore_errors=True)
    return Featured(of.scale, outcome, told, entities)


def _made(of: Marketplace, plan: EdgePlan, base: Any) -> Outcome:
    """Edges and communities in a copy of the prepared warehouse."""
    fresh_copy(of.warehouse, base)
    outcome = Outcome("ended", 0)
    for name in BEFORE:
        outcome = run(_job(name, of, plan, base), limit=plan.limit, talks=False)
        if outcome.state != "ended":
            break
    return outcome


def _job(name: str, of: Marketplace, plan: EdgePlan, warehouse: Any) -> list[str]:
    return job(name, of, plan.sizing, as_of=of.days[-1], warehouse=warehouse)


def _of_columns() -> str:
    tables = feature_tables(load_config(CONF).features)
    told = ", ".join(f"{len(table.columns) - 1} of a {kind}" for kind, table in tables.items())
    return f"Features, as shipped: {told}."


def _at_one(points: Sequence[Featured]) -> list[str]:
    return [
        f"All kinds at scale 1: {judged(seconds, aim=30, bar=60, unit=' s')}."
        for point in points
        if point.scale == 1 and (seconds := point.median("seconds"))
    ]


def _row(point: Featured, plan: EdgePlan) -> list[str]:
    seconds, peak = point.median("seconds"), point.median("peak")
    if seconds is None or peak is None:
        return [f"{point.scale:g}", point.outcome.state, *["–"] * (len(COLUMNS) - 2)]
    spark, each = plan.sizing.spark(point.scale), [run["seconds"] for run in point.told]
    return [
        f"{point.scale:g}",
        f"{point.entities:,}",
        *(f"{value:.1f}" for value in (seconds, min(each), max(each))),
        f"{point.entities / seconds / 1e3:,.1f}",
        f"{peak / 1e6:,.0f}",
        spark.driver_memory,
        f"{spark.shuffle_partitions}",
    ]
