"""Part `relations`: seconds and memory of build_edges on marketplaces of growing scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.built import Built, EdgePlan, built, discard
from bench.marketplaces import prepared
from bench.measures import exponent, judged
from bench.report import Section

COLUMNS = (
    "scale", "edges", "pairs of groups", "seconds", "lowest", "highest", "K pairs a second", "K edges a second",
    "peak MB", "heap", "partitions",
)  # fmt: skip
LAST = 3  # points of the fit: two doublings
NOTES = [
    "Scale 1: 2,000 merchants, 20,000 products, 3,000 creators, 50,000 buyers, 200,000 orders.",
    "Pairs of groups: what the hub policies leave, before any are compared. Edges: of all relations.",
]
Point = tuple[float, Built]


def grown(plan: EdgePlan, scales: Sequence[float]) -> Section:
    """build_edges at each scale, and how its seconds grow over the last two steps."""
    measured: list[Point] = []
    for scale in scales:
        one = built(prepared(plan.place, scale, plan.sizing), plan)
        discard(one)
        measured.append((scale, one))
        print(f"relations: {_row(scale, one, plan)} {one.outcome.reason}", flush=True)
        if one.seconds is None:
            break
    notes, fit = fitted([(scale, one.total, one.seconds) for scale, one in measured if one.seconds])
    rows = [_row(scale, one, plan) for scale, one in measured]
    data = {"points": [_data(scale, one, plan) for scale, one in measured], **fit}
    return Section("build_edges, all relations", COLUMNS, rows, [*NOTES, *_at_one(measured), *notes], data)


def fitted(points: Sequence[tuple[float, int, float]]) -> tuple[list[str], dict[str, float]]:
    """Exponents of seconds over the last two steps. points: (scale, edges, seconds)."""
    if len(points) < LAST:
        return ["Too few points for a fit."], {}
    scales, edges, seconds = (list(values) for values in zip(*points[-LAST:], strict=True))
    fit = {"by_scale": exponent(scales, seconds), "by_edges": exponent(edges, seconds)}
    said = {name: judged(value, aim=1.05, bar=1.15) for name, value in fit.items()}
    return [
        f"Exponent of seconds against scale, of the last three points: {said['by_scale']}.",
        f"Exponent of seconds against edges, of the same: {said['by_edges']}. "
        "The fixed cost is in the seconds, nothing is subtracted.",
    ], fit


def _at_one(measured: Sequence[Point]) -> list[str]:
    return [
        f"All relations at scale 1: {judged(one.seconds, aim=45, bar=90, unit=' s')}."
        for scale, one in measured
        if scale == 1 and one.seconds
    ]


def _row(scale: float, one: Built, plan: EdgePlan) -> list[str]:
    if one.seconds is None or one.peak is None:
        return [f"{scale:g}", one.outcome.state, *["–"] * (len(COLUMNS) - 2)]
    runs = [run["seconds"] for run in one.told]
    spark = plan.sizing.spark(scale)
    return [
        f"{scale:g}",
        f"{one.total:,}",
        f"{one.pairs:,}",
        *(f"{seconds:.1f}" for seconds in (one.seconds, min(runs), max(runs))),
        *(f"{made / one.seconds / 1e3:,.1f}" for made in (one.pairs, one.total)),
        f"{one.peak / 1e6:,.0f}",
        spark.driver_memory,
        f"{spark.shuffle_partitions}",
    ]


def _data(scale: float, one: Built, plan: EdgePlan) -> dict[str, Any]:
    return {"scale": scale, "total": one.total, "spark": plan.sizing.spark(scale).model_dump(), **one.data}
