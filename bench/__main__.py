"""Label propagation against its peers on a planted graph: `python -m bench [--vertices N] [--peers kernel,graphx]`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.graphs import planted, write
from bench.memory import peak_while


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--vertices", type=int, default=1_000_000)
    parser.add_argument("--peers", default="kernel,graphx")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3, help="the median of so many")
    parser.add_argument("--memory", default="8g", help="heap of each peer's driver")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="marketgraph-bench-") as folder:
        graph = Path(folder) / "edges"
        edges = planted(told.vertices, inner=12, outer=6.5)
        write(edges, graph)
        table = Table("peer", "seconds", "of the kernel's", "peak MB", "labels", "hash")
        first = None
        for peer in told.peers.split(","):
            runs = sorted(
                (run(peer, graph, told.rounds, told.memory) for _ in range(told.runs)),
                key=lambda r: r["seconds"],
            )
            middle = runs[len(runs) // 2]
            first = first or middle["seconds"]
            ratio = f"{middle['seconds'] / first:.2f}"
            cells = [
                f"{middle['seconds']:.1f}",
                ratio,
                f"{middle['peak'] / 1e6:,.0f}",
                f"{middle['labels']:,}",
            ]
            table.add_row(peer, *cells, f"{middle['hash']}")
        Console().print(f"{told.vertices:,} vertices, {len(edges):,} edges, {told.rounds} rounds", table)


def run(peer: str, graph: Path, rounds: int, memory: str) -> dict[str, float]:
    """One run of one peer in a process of its own."""
    command = [sys.executable, "-m", "bench.peers", peer, str(graph), str(rounds), memory]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = peak_while(process)
    assert process.stdout is not None
    told = process.stdout.read().splitlines()
    if process.returncode:
        raise SystemExit(f"{peer} ended with {process.returncode}")
    return {**json.loads(told[-1]), "peak": peak}


if __name__ == "__main__":
    main()
