"""build_edges as a whole process, on fresh copies of a prepared marketplace: seconds, memory, edges, pairs."""

from __future__ import annotations

import shutil
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.delta import live_files, records, rows
from bench.marketplaces import CONF, Marketplace, Sizing, fresh_copy, job
from bench.process import Outcome, run
from marketgraph.config_file import load_config
from marketgraph.edges.estimates import estimates
from marketgraph.tables.relations import RELATIONS

# No value is held by more than a share of so many: sentinels are left to the policies.
EVERYBODY = 1 << 60


@dataclass(frozen=True)
class EdgePlan:
    """How jobs are measured. place: where prepared marketplaces are kept; limit: seconds for each run."""

    place: Path
    runs: int
    limit: float
    sizing: Sizing

    @property
    def told(self) -> str:
        """What to know of every number below."""
        words = f"; --set {' --set '.join(self.sizing.words)}" if self.sizing.words else ""
        return (
            f"median of {self.runs} runs; each a process of its own, from its start to its end, on a fresh copy of the "
            f"warehouse; heap as shipped (4g) up to scale 2, then {self.sizing.memory}; at most {self.limit:g} s a run"
            f"{words}"
        )


@dataclass(frozen=True)
class Built:
    """What came of build_edges. seconds, peak (bytes): medians, None when it did not end; told: of each run."""

    outcome: Outcome
    warehouse: Path
    seconds: float | None = None
    peak: int | None = None
    told: list[dict[str, float]] = field(default_factory=list)
    edges: dict[str, int] = field(default_factory=dict)
    pairs: int = 0

    @property
    def total(self) -> int:
        """Edges of all relations."""
        return sum(self.edges.values())

    @property
    def data(self) -> dict[str, Any]:
        """All that is known, for the JSON."""
        told = {name: getattr(self, name) for name in ("seconds", "peak", "pairs", "edges")}
        return {**told, "state": self.outcome.state, "reason": self.outcome.reason, "runs": self.told}


def built(of: Marketplace, plan: EdgePlan, *, words: tuple[str, ...] = (), name: str = "copy") -> Built:
    """Run build_edges as often as the plan wants, or until it is late or fails; the last run's warehouse stays.

    words: more of the job's command line. name: of the folder of the copy.
    """
    told: list[dict[str, float]] = []
    for _ in range(plan.runs):
        copy = fresh_copy(of.warehouse, of.folder / name)
        command = [*job("build_edges", of, plan.sizing, as_of=of.days[-1], warehouse=copy), *words]
        outcome = run(command, limit=plan.limit, talks=False)
        if outcome.state != "ended":
            return Built(outcome, copy, told=told)
        told.append({"seconds": outcome.seconds, "peak": outcome.peak})
    seconds, peak = (statistics.median(one[what] for one in told) for what in ("seconds", "peak"))
    return Built(outcome, copy, seconds, int(peak), told, *_made(copy / "edges", of.days[-1]))


def discard(one: Built) -> None:
    """Remove what the last run made."""
    shutil.rmtree(one.warehouse, ignore_errors=True)


def _made(folder: Path, as_of: str) -> tuple[dict[str, int], int]:
    """Rows by relation, and pairs that the shipped rules make of the groups, before any are compared."""
    edges = {name: rows(live_files(folder / name, as_of)) for name in RELATIONS}
    sizes = records(live_files(folder / "group_sizes", as_of), "relation", "holders", "groups")
    found = estimates(sizes, load_config(CONF).edges.groups, population=EVERYBODY)
    return edges, sum(one.pairs_after for one in found)
