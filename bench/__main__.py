"""`python -m bench`: labels, relations, features and risk, beside their peers. Results lie in bench/results."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bench import explain, features, increment, matching, projections, relations, risk, stages, windows
from bench.built import EdgePlan
from bench.compare import PEERS, compared
from bench.growth import grown, largest
from bench.marketplaces import Sizing
from bench.quality import judged
from bench.report import RESULTS, tell
from bench.trials import PEERS_PYTHON, Heaps, Plan

LABELS = ("peers", "growth", "quality", "largest")
EDGES = ("relations", "increment", "duckdb")
FEATURES = ("features", "windows")
COMMUNITIES = ("matching", "risk", "explain")
WHOLE = ("stages",)
PARTS = (*LABELS, *EDGES, *FEATURES, *COMMUNITIES, *WHOLE)
GRAPHS = ("planted", "rmat")
NEEDS_PEERS = "{} needs the peers' environment, .venv-bench: make bench-env"


def _option(text: str) -> typer.models.OptionInfo:
    return typer.Option(help=text)


def main(
    parts: Annotated[str, _option(f"of {', '.join(PARTS)}")] = ",".join(PARTS),
    graphs: Annotated[str, _option("of the part peers")] = ",".join(GRAPHS),
    peers: Annotated[str, _option("of the part peers")] = ",".join(PEERS),
    runs: Annotated[int, _option("the median of so many")] = 3,
    slow_runs: Annotated[
        int | None, _option("the same for sql, graphx, graphframes; none: as the others")
    ] = None,
    rounds: Annotated[int, _option("iterations of the parts peers, growth and largest")] = 5,
    memory: Annotated[str, _option("heap of the Spark driver of each peer that is not the kernel")] = "8g",
    kernel_memory: Annotated[str, _option("heap of the Spark driver of the kernel")] = "2g",
    limit: Annotated[float, _option("seconds after which a run is killed")] = 900,
    vertices: Annotated[int, _option("of the planted graph of the part peers")] = 1_000_000,
    scale: Annotated[int, _option("of the R-MAT graph of the part peers: 2^scale vertices")] = 20,
    smallest: Annotated[int, _option("edges of the first graph of the part growth")] = 1_000_000,
    doublings: Annotated[int, _option("of the part growth")] = 5,
    lfr_vertices: Annotated[int, _option("of each graph of the part quality")] = 10_000,
    lfr_graphs: Annotated[int, _option("by mixing parameter, in the part quality")] = 3,
    lfr_rounds: Annotated[int, _option("iterations at most, in the part quality")] = 20,
    edges: Annotated[int, _option("of the part largest")] = 100_000_000,
    largest_memory: Annotated[str, _option("heap of the kernel's driver in the part largest")] = "4g",
    marketplaces: Annotated[
        Path | None, _option("where prepared marketplaces are kept for the next time; none: they are not")
    ] = None,
    scales: Annotated[str, _option("of the parts relations and features")] = "1,2,4,8,16",
    increment_scale: Annotated[float, _option("of the part increment")] = 8,
    duckdb_scale: Annotated[float, _option("of the part duckdb")] = 16,
    duckdb_threads: Annotated[int, _option("of the part duckdb")] = 2,
    edges_memory: Annotated[str, _option("heap of build_edges above scale 2, and DuckDB's memory")] = "8g",
    edges_limit: Annotated[float, _option("seconds after which a run of build_edges is killed")] = 3600,
    window_rows: Annotated[int, _option("events of the part windows")] = 30_000_000,
    matched_vertices: Annotated[int, _option("of the part matching")] = 1_000_000,
    matched_communities: Annotated[int, _option("of the part matching")] = 100_000,
    risk_vertices: Annotated[int, _option("of the planted graph of the part risk")] = 1_000_000,
    risk_rounds: Annotated[int, _option("of the part risk")] = 20,
    risk_memory: Annotated[
        str, _option("heap of the Spark driver of our walk, as conf/local.yml has it")
    ] = "4g",
    explain_scale: Annotated[float, _option("of the part explain")] = 1,
    stages_scales: Annotated[str, _option("of the part stages")] = "1,4,16",
    settings: Annotated[list[str] | None, typer.Option("--set", help="more settings of the jobs")] = None,
    results: Annotated[Path, _option("folder of what is written")] = RESULTS,
) -> None:
    """Measure labels (peers to largest), relations (to duckdb), features (and windows), matching, risk, explain."""
    told = _names(parts, PARTS), _names(graphs, GRAPHS), _names(peers, PEERS)
    _check_peers(told[0], told[2])
    with tempfile.TemporaryDirectory(prefix="marketgraph-bench-") as folder:
        plan = Plan(rounds, runs, slow_runs or runs, Heaps(memory, kernel_memory), limit, Path(folder))
        if "peers" in told[0]:
            for kind in told[1]:
                section = compared(kind, told[2], plan, vertices=vertices, scale=scale)
                tell(f"peers-{kind}", plan.told, [section], results=results)
        if "growth" in told[0]:
            tell("growth", plan.told, [grown(plan, smallest=smallest, doublings=doublings)], results=results)
        if "quality" in told[0]:
            section = judged(plan, vertices=lfr_vertices, graphs=lfr_graphs, rounds=lfr_rounds)
            tell("quality", f"heap {kernel_memory}", [section], results=results)
        if "largest" in told[0]:
            once = replace(plan, runs=1, slow_runs=1, heaps=Heaps(memory, largest_memory))
            tell("largest", once.told, [largest(once, edges=edges)], results=results)
        if "risk" in told[0]:
            walks = replace(plan, rounds=risk_rounds, heaps=Heaps(memory, risk_memory))
            tell("risk", walks.told, [risk.walked(walks, vertices=risk_vertices)], results=results)
        place = marketplaces or Path(folder)
        edge_plan = EdgePlan(place, runs, edges_limit, Sizing(edges_memory, tuple(settings or ())))
        if "relations" in told[0]:
            section = relations.grown(edge_plan, [float(scale) for scale in scales.split(",")])
            tell("relations", edge_plan.told, [section], results=results)
        if "stages" in told[0]:
            section = stages.measured(
                edge_plan, [float(scale) for scale in stages_scales.split(",")], cores=os.cpu_count() or 1
            )
            tell("stages", edge_plan.told, [section], results=results)
        if "explain" in told[0]:
            tell(
                "explain",
                edge_plan.told,
                [explain.explained(edge_plan, scale=explain_scale)],
                results=results,
            )
        if "increment" in told[0]:
            section = increment.compared(edge_plan, scale=increment_scale)
            tell("increment", edge_plan.told, [section], results=results)
        if "duckdb" in told[0]:
            sections = projections.measured(edge_plan, scale=duckdb_scale, threads=duckdb_threads)
            tell("duckdb", edge_plan.told, sections, results=results)
        if "features" in told[0]:
            section = features.grown(edge_plan, [float(scale) for scale in scales.split(",")])
            tell("features", edge_plan.told, [section], results=results)
        if "windows" in told[0]:
            sizes = windows.Sizes(window_rows, runs, duckdb_threads, edges_memory, limit)
            tell(
                "windows", f"median of {runs} runs", [windows.measured(Path(folder), sizes)], results=results
            )
        if "matching" in told[0]:
            days = matching.drawn(
                Path(folder) / "days", vertices=matched_vertices, communities=matched_communities
            )
            section = matching.measured(days, runs=runs, memory=kernel_memory, limit=limit)
            tell("matching", f"median of {runs} runs; heap {kernel_memory}", [section], results=results)


def _names(given: str, known: tuple[str, ...]) -> list[str]:
    names = [name.strip() for name in given.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(known)}")
    return names


def _check_peers(parts: list[str], peers: list[str]) -> None:
    """Before hours of measuring, not after."""
    if PEERS_PYTHON.exists():
        return
    for part in ("quality", "duckdb", "windows"):
        if part in parts:
            raise typer.BadParameter(NEEDS_PEERS.format(f"the part {part}"))
    if "peers" in parts and "networkit" in peers:
        raise typer.BadParameter(NEEDS_PEERS.format("the peer networkit"))


if __name__ == "__main__":
    typer.run(main)
