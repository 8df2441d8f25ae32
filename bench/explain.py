"""Part `explain`: one entity or community of a release, each time by a process of its own from a cold start."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from bench.built import EdgePlan
from bench.delta import live_files
from bench.marketplaces import DAY, Marketplace, Sizing, job, prepared
from bench.process import run
from bench.report import Section
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES

COLUMNS = ("who", "seconds", "lowest", "highest", "peak MB")
NOTES = [
    "Seconds of the whole process: Python, Spark's start, the page. The file cache is warm, Spark is not."
]


@dataclass(frozen=True)
class Target:
    """Whom to explain, and why it was chosen."""

    name: str
    why: str


def explained(plan: EdgePlan, *, scale: float) -> Section:
    """The page of each target; the median of as many runs as the plan wants."""
    marketplace = prepared(plan.place, scale, plan.sizing)
    command = job("pipeline", marketplace, plan.sizing, as_of=DAY, warehouse=marketplace.warehouse)
    outcome = run(command, limit=plan.limit, talks=False)
    if outcome.state != "ended":
        raise SystemExit(f"pipeline: {outcome.state}. {outcome.reason}")
    found = [_measured(target, marketplace, plan) for target in targets(marketplace.warehouse)]
    return Section(f"explain at scale {scale:g}", COLUMNS, [_row(one) for one in found], NOTES, found)


def targets(warehouse: Path) -> list[Target]:
    """The riskiest entity and community, one in the middle of the ranking, and the entity with the most edges."""
    scores = _rows(warehouse, "risk/scores", ["vertex_id", "domain", "rank"])
    ranked = scores.filter(pc.equal(scores["domain"], "any")).sort_by("rank")["vertex_id"]
    communities = _rows(warehouse, "risk/communities", ["community_id", "domain", "rank"])
    top = communities.filter(
        pc.and_(pc.equal(communities["domain"], "any"), pc.equal(communities["rank"], 1))
    )
    return [
        Target(_name(warehouse, ranked[0].as_py()), "rank 1"),
        Target(_name(warehouse, ranked[len(ranked) // 2].as_py()), "middle of the ranking"),
        Target(_name(warehouse, _busiest(warehouse)), "most edges"),
        Target(f"community:{top['community_id'][0].as_py()}", "rank 1"),
    ]


def _busiest(warehouse: Path) -> int:
    tables = [_rows(warehouse, f"edges/{name}", ["src", "dst"]) for name in EDGE_TABLES]
    ends = pa.concat_arrays([chunk for t in tables for end in ("src", "dst") for chunk in t[end].chunks])
    counts = pc.value_counts(ends)
    most = pc.max(counts.field("counts"))
    return int(pc.min(counts.filter(pc.equal(counts.field("counts"), most)).field("values")).as_py())


def _name(warehouse: Path, vertex: int) -> str:
    for kind, table in ENTITY_TABLES.items():
        rows = _rows(warehouse, f"entities/{table.name}", ["vertex_id", f"{kind}_id"])
        own = rows.filter(pc.equal(rows["vertex_id"], vertex))
        if own.num_rows:
            return f"{kind}:{own[f'{kind}_id'][0].as_py()}"
    raise SystemExit(f"vertex {vertex} is no entity")


def _rows(warehouse: Path, table: str, columns: list[str]) -> pa.Table:
    files = [str(file) for file in live_files(warehouse / table)]
    if not files:  # a table that is empty has none
        return pa.table({name: pa.array([], pa.int64()) for name in columns})
    return ds.dataset(files, format="parquet").to_table(columns=columns)


def _measured(target: Target, of: Marketplace, plan: EdgePlan) -> dict[str, Any]:
    outcomes = [
        run(_command(target, of, plan.sizing), limit=plan.limit, talks=False) for _ in range(plan.runs)
    ]
    failed = next((one for one in outcomes if one.state != "ended"), None)
    if failed is not None:
        raise SystemExit(f"{target.name}: {failed.state}. {failed.reason}")
    seconds, peaks = [one.seconds for one in outcomes], [one.peak for one in outcomes]
    print(f"{target.name} ({target.why}): {', '.join(f'{s:.1f}' for s in seconds)} s", flush=True)
    return {"target": target.name, "why": target.why, "seconds": seconds, "peaks": peaks}


def _command(target: Target, of: Marketplace, sizing: Sizing) -> list[str]:
    words = job("pipeline", of, sizing, as_of=DAY, warehouse=of.warehouse)[3:]
    own = [word for word in words if word not in ("--as-of", DAY)]
    start = "from marketgraph.cli import main; main()"
    return [sys.executable, "-c", start, "explain", target.name, "--release", DAY, *own]


def _row(one: dict[str, Any]) -> list[str]:
    seconds = one["seconds"]
    told = [f"{value:.1f}" for value in (statistics.median(seconds), min(seconds), max(seconds))]
    return [f"{one['target']}, {one['why']}", *told, f"{statistics.median(one['peaks']) / 1e6:,.0f}"]
