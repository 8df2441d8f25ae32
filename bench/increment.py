"""Part `increment`: build_edges for a day after the day before, against the same day built anew."""

from __future__ import annotations

import sys

from bench.built import Built, EdgePlan, built, discard
from bench.marketplaces import DAY, DAY_BEFORE, prepared
from bench.measures import judged
from bench.process import run
from bench.report import Section

COLUMNS = (
    "build_edges",
    "seconds",
    "lowest",
    "highest",
    "of the full build's",
    "peak MB",
    "edges",
    "rows equal?",
)
FULL = ("--full",)
NOTES = [
    f"The warehouse has sources, entities and edges as of {DAY_BEFORE}, and sources and entities as of {DAY}.",
    "Rows equal: their count and the sum of 64-bit hashes of all columns, of each edge table and of edges.suppressed.",
]
Hashes = dict[str, list[str]]


def compared(plan: EdgePlan, *, scale: float) -> Section:
    """The day's edges as the job makes them by itself and as it makes them with --full."""
    marketplace = prepared(plan.place, scale, plan.sizing, days=(DAY_BEFORE, DAY))
    full = built(marketplace, plan, words=FULL, name="copy-full")
    step = built(marketplace, plan, name="copy-step")
    hashes = [_hashes(one, plan) for one in (full, step)]
    for one in (full, step):
        discard(one)
    differing = differences(*hashes)
    data = {"scale": scale, "full": full.data, "increment": step.data, "differing": differing}
    rows = [
        _row("increment", step, full, equal="NO" if differing else "yes"),
        _row("full", full, full, equal="–"),
    ]
    return Section(
        f"build_edges at scale {scale:g}", COLUMNS, rows, [*NOTES, *_said(step, full, differing)], data
    )


def differences(one: Hashes, other: Hashes) -> list[str]:
    """Tables whose rows are not the same."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _hashes(one: Built, plan: EdgePlan) -> Hashes:
    """By table its count and hash; in a process of its own, which nobody measures."""
    if one.seconds is None:
        return {}
    command = [sys.executable, "-m", "bench.edge_rows", str(one.warehouse), DAY, plan.sizing.memory]
    outcome = run(command, limit=plan.limit)
    if outcome.state != "ended":
        raise SystemExit(f"increment: rows were not compared: {outcome.state}. {outcome.reason}")
    return outcome.told


def _said(step: Built, full: Built, differing: list[str]) -> list[str]:
    failed = [
        f"{name}: {one.outcome.state}. {one.outcome.reason}"
        for name, one in (("increment", step), ("full", full))
        if one.seconds is None
    ]
    if failed or step.seconds is None or full.seconds is None:
        return failed
    share = judged(100 * step.seconds / full.seconds, aim=10, bar=25, unit=" %")
    unequal = [f"Not the same rows: {', '.join(differing)}."] if differing else []
    return [f"The increment's share of the full build's seconds: {share}.", *unequal]


def _row(name: str, one: Built, full: Built, *, equal: str) -> list[str]:
    if one.seconds is None or one.peak is None:
        return [name, one.outcome.state, *["–"] * (len(COLUMNS) - 2)]
    runs = [run["seconds"] for run in one.told]
    return [
        name,
        *(f"{seconds:.1f}" for seconds in (one.seconds, min(runs), max(runs))),
        f"{one.seconds / full.seconds:.2f}" if full.seconds else "–",
        f"{one.peak / 1e6:,.0f}",
        f"{one.total:,}",
        equal if full.seconds else "–",
    ]
