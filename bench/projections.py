"""Part `duckdb`: the relations of shared identifiers, baskets and buyers by build_edges, and by DuckDB's SQL."""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from bench.built import Built, EdgePlan, built, discard
from bench.delta import column, live_files, rows
from bench.duckdb_sql import KEYS, SHARES, TABLES
from bench.marketplaces import CONF, DAY, Marketplace, prepared
from bench.measures import judged
from bench.process import Outcome, run
from bench.report import Section
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
class Totals:
    """What a relation's edges come to. evidence: sum of evidence_count; weight: sum of the weights."""

    pairs: int
    evidence: int
    weight: float

    def equals(self, other: Totals) -> bool:
        """Weights are floats, summed in any order: equal to nine digits."""
        same = (self.pairs, self.evidence) == (other.pairs, other.evidence)
        return same and math.isclose(self.weight, other.weight, rel_tol=1e-9)


@dataclass(frozen=True)
class Peer:
    """What came of DuckDB: medians, and what each run told."""

    outcome: Outcome
    out: Path
    seconds: float | None = None
    peak: int | None = None
    told: list[dict[str, Any]] = field(default_factory=list)


def measured(plan: EdgePlan, *, scale: float, threads: int) -> list[Section]:
    """Both engines on one marketplace: their cost, and whether they found the same."""
    marketplace = prepared(plan.place, scale, plan.sizing)
    peer = _duckdb(marketplace, plan, threads)
    ours = built(marketplace, plan, words=OFF)
    theirs = _totals({name: [peer.out / f"{name}.parquet"] for name in COMPARED} if peer.seconds else {})
    edges = ours.warehouse / "edges"
    own = _totals({name: live_files(edges / name, DAY) for name in COMPARED} if ours.seconds else {})
    discard(ours)
    shutil.rmtree(peer.out, ignore_errors=True)
    return [_cost(scale, threads, ours, peer, own, theirs), _found(own, theirs)]


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
    folders = {table: "entities" if table == "vertex_ids" else "sources" for table in TABLES}
    files = {
        table: live_files(marketplace.warehouse / room / table, None if room == "entities" else DAY)
        for table, room in folders.items()
    }
    return {
        "files": {table: [str(path) for path in paths] for table, paths in files.items()},
        "kinds": ENTITY_KINDS, "as_of": DAY, "rules": own, "out": str(out), "threads": threads,
        "memory_limit": f"{plan.sizing.memory.rstrip('gG')}GB", "temp_directory": str(out / "scratch"),
    }  # fmt: skip


def _totals(files: Mapping[str, Sequence[Path]]) -> dict[str, Totals]:
    return {name: totals(own) for name, own in files.items()}


def totals(files: Sequence[Path]) -> Totals:
    """Of the edges in Parquet files."""
    sums = {name: pc.sum(column(files, name)).as_py() or 0 for name in ("evidence_count", "weight")}
    return Totals(rows(files), sums["evidence_count"], sums["weight"])


def _cost(
    scale: float,
    threads: int,
    ours: Built,
    peer: Peer,
    own: Mapping[str, Totals],
    theirs: Mapping[str, Totals],
) -> Section:
    same = own.keys() == theirs.keys() and all(own[name].equals(theirs[name]) for name in own)
    notes = [
        *NOTES,
        f"DuckDB has {threads} threads, Spark all {os.cpu_count()} cores; the same bytes of heap or memory.",
    ]
    if ours.seconds and peer.seconds:
        inside = statistics.median(one["inside"]["seconds"] for one in peer.told)
        ratio = judged(ours.seconds / peer.seconds, aim=2, bar=5, unit=" times")
        notes.append(f"build_edges takes {ratio} DuckDB's seconds; {inside:.1f} of these are its queries'.")
        notes.append(
            "Same edges, evidence and weights." if same else "NOT the same edges, evidence and weights."
        )
    notes += [f"{e}: {o.state}. {o.reason}" for e, o in _outcomes(ours, peer) if o.state != "ended"]
    lines = [_row("build_edges", ours, peer, own), _row("DuckDB", peer, peer, theirs)]
    data = {
        "scale": scale,
        "same": same,
        "ours": ours.data,
        "duckdb": {"runs": peer.told, "seconds": peer.seconds},
    }
    return Section(f"build_edges and DuckDB at scale {scale:g}", COLUMNS, lines, notes, data)


def _outcomes(ours: Built, peer: Peer) -> list[tuple[str, Outcome]]:
    return [("build_edges", ours.outcome), ("DuckDB", peer.outcome)]


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


def _found(own: Mapping[str, Totals], theirs: Mapping[str, Totals]) -> Section:
    columns = ("relation", "edges", "DuckDB's", "evidence", "DuckDB's", "weight", "DuckDB's", "equal?")
    lines = [_line(name, own[name], theirs[name]) for name in COMPARED if name in own and name in theirs]
    data = {name: [vars(own[name]), vars(theirs[name])] for name in own if name in theirs}
    return Section("what both found", columns, lines, [], data)


def _line(name: str, own: Totals, theirs: Totals) -> list[str]:
    counts = [own.pairs, theirs.pairs, own.evidence, theirs.evidence]
    weights = [f"{one.weight:,.1f}" for one in (own, theirs)]
    return [name, *(f"{count:,}" for count in counts), *weights, "yes" if own.equals(theirs) else "NO"]
