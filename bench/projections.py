"""Part `duckdb`: the relations of shared identifiers, baskets and buyers by build_edges, and by DuckDB's SQL."""

from __future__ import annotations

import json
import os
import shutil
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.built import Built, EdgePlan, built, discard
from bench.delta import live_files
from bench.duckdb_sql import KEYS, SHARES, TABLES
from bench.marketplaces import CONF, DAY, Marketplace, prepared
from bench.measures import judged
from bench.process import Outcome, run
from bench.report import Section
from bench.totals import Totals, totals
from bench.trials import PEERS_PYTHON
from marketgraph.config_file import load_config
from marketgraph.tables.relations import RELATIONS
from marketgraph.tables.sources import ENTITY_KINDS

COMPARED = tuple(name for name in RELATIONS if name.startswith(SHARES) or name in KEYS)
OFF = tuple(
    word for name in RELATIONS if name not in COMPARED for word in ("--set", f"edges.{name}.on=false")
)
COLUMNS = ("engine", "seconds", "lowest", "highest", "of DuckDB's", "peak MB", "edges")
NOTES = [
    "Seconds: of the whole process; of Spark's some are the start of the JVM, the books and a Delta commit per table. "
    "DuckDB reads the Parquet files of the same Delta slices and writes Parquet with the same columns, without a log.",
    f"Relations: {', '.join(COMPARED)}; all others are off.",
]
RULE = ("policy", "max_holders", "half_life_days", "evidence", "min_evidence")


@dataclass(frozen=True)
class Peer:
    """What came of DuckDB. seconds, peak (bytes): medians, None when it did not end; told: of each run."""

    outcome: Outcome
    out: Path
    seconds: float | None = None
    peak: int | None = None
    told: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Match:
    """Both engines on one marketplace. own, theirs: what the edges of each relation come to."""

    ours: Built
    peer: Peer
    own: Mapping[str, Totals]
    theirs: Mapping[str, Totals]

    @property
    def same(self) -> bool:
        """Whether both made the same of every relation."""
        both = self.own.keys() == self.theirs.keys() == set(COMPARED)
        return both and all(self.own[name].equals(self.theirs[name]) for name in COMPARED)


def measured(plan: EdgePlan, *, scale: float, threads: int) -> list[Section]:
    """Both engines on one marketplace: their cost, and whether they found the same."""
    marketplace = prepared(plan.place, scale, plan.sizing)
    peer = _duckdb(marketplace, plan, threads)
    ours = built(marketplace, plan, words=OFF)
    edges = ours.warehouse / "edges"
    own = {name: totals(live_files(edges / name, DAY)) for name in COMPARED if ours.seconds}
    theirs = {name: totals([peer.out / f"{name}.parquet"]) for name in COMPARED if peer.seconds}
    discard(ours)
    shutil.rmtree(peer.out, ignore_errors=True)
    match = Match(ours, peer, own, theirs)
    given = (
        f"DuckDB has {threads} threads and {plan.sizing.memory} of memory, Spark all {os.cpu_count()} cores."
    )
    return [_cost(match, scale, [*NOTES, given]), _found(match)]


def _duckdb(marketplace: Marketplace, plan: EdgePlan, threads: int) -> Peer:
    """Run DuckDB as often as the plan wants; the edges of the last run stay."""
    out = marketplace.folder / "duckdb"
    told: list[dict[str, Any]] = []
    for _ in range(plan.runs):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        order = out / "order.json"
        order.write_text(json.dumps(_order(marketplace, plan, threads, out)), encoding="utf-8")
        command = [str(PEERS_PYTHON), "-m", "bench.duckdb_peer", str(order)]
        outcome = run(command, limit=plan.limit, own_paths=True)
        if outcome.state != "ended":
            return Peer(outcome, out, told=told)
        told.append({"seconds": outcome.seconds, "peak": outcome.peak, "inside": outcome.told})
    seconds, peak = (statistics.median(one[what] for one in told) for what in ("seconds", "peak"))
    return Peer(outcome, out, seconds, int(peak), told)


def _order(marketplace: Marketplace, plan: EdgePlan, threads: int, out: Path) -> dict[str, Any]:
    """What DuckDB is told: the files of the slices, the rules as conf/edges.yml has them, its cores and memory."""
    rules = load_config(CONF, overrides=plan.sizing.words).edges.rules
    own = {name: rules[name].model_dump(mode="json", include=set(RULE)) for name in COMPARED}
    files = {
        table: live_files(marketplace.warehouse / "sources" / table, DAY)
        if table != "vertex_ids"
        else live_files(marketplace.warehouse / "entities" / table)
        for table in TABLES
    }
    return {
        "files": {table: [str(path) for path in paths] for table, paths in files.items()},
        "kinds": ENTITY_KINDS, "as_of": DAY, "rules": own, "out": str(out), "threads": threads,
        "memory_limit": f"{plan.sizing.memory.rstrip('gG')}GB", "temp_directory": str(out / "scratch"),
    }  # fmt: skip


def _cost(match: Match, scale: float, notes: list[str]) -> Section:
    ours, peer = match.ours, match.peer
    lines = [_row("build_edges", ours, peer, match.own), _row("DuckDB", peer, peer, match.theirs)]
    theirs = {"seconds": peer.seconds, "peak": peer.peak, "runs": peer.told}
    data = {"scale": scale, "same": match.same, "ours": ours.data, "duckdb": theirs}
    title = f"build_edges and DuckDB at scale {scale:g}"
    return Section(title, COLUMNS, lines, [*notes, *_said(match)], data)


def _said(match: Match) -> list[str]:
    """The ratio and whether the edges are the same; why an engine did not end."""
    ours, peer = match.ours, match.peer
    if ours.seconds is None or peer.seconds is None:
        both = {"build_edges": ours.outcome, "DuckDB": peer.outcome}
        return [f"{name}: {one.state}. {one.reason}" for name, one in both.items() if one.state != "ended"]
    inside = statistics.median(one["inside"]["seconds"] for one in peer.told)
    return [
        f"build_edges's seconds by DuckDB's: {judged(ours.seconds / peer.seconds, aim=2, bar=5)}. "
        f"Of DuckDB's {inside:.1f} are its queries'.",
        f"{'The same' if match.same else 'NOT the same'} number of edges, sum of evidence and sum of weights, "
        "relation by relation.",
    ]


def _row(name: str, one: Built | Peer, peer: Peer, found: Mapping[str, Totals]) -> list[str]:
    if one.seconds is None or one.peak is None:
        return [name, one.outcome.state, *["–"] * (len(COLUMNS) - 2)]
    runs = [run["seconds"] for run in one.told]
    return [
        name,
        *(f"{seconds:.1f}" for seconds in (one.seconds, min(runs), max(runs))),
        f"{one.seconds / peer.seconds:.2f}" if peer.seconds else "–",
        f"{one.peak / 1e6:,.0f}",
        f"{sum(total.pairs for total in found.values()):,}",
    ]


def _found(match: Match) -> Section:
    columns = ("relation", "edges", "DuckDB's", "evidence", "DuckDB's", "weight", "DuckDB's", "equal?")
    both = {n: (match.own[n], match.theirs[n]) for n in COMPARED if n in match.own and n in match.theirs}
    lines = [_line(name, *pair) for name, pair in both.items()]
    data = {name: [vars(one) for one in pair] for name, pair in both.items()}
    return Section("what both found", columns, lines, [], data)


def _line(name: str, own: Totals, theirs: Totals) -> list[str]:
    counts = [own.pairs, theirs.pairs, own.evidence, theirs.evidence]
    weights = [f"{one.weight:,.1f}" for one in (own, theirs)]
    return [name, *(f"{count:,}" for count in counts), *weights, "yes" if own.equals(theirs) else "NO"]
