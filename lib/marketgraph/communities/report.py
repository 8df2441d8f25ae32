"""How a propagation went: its iterations, why it ended, and what the communities are like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stop = Literal["converged", "few_changes", "oscillating", "collapsed", "max_iterations"]


@dataclass(frozen=True)
class Step:
    """One iteration. changed: vertices that took another label. share: of all that have an edge. seconds: of wall."""

    iteration: int
    changed: int
    share: float
    seconds: float


@dataclass(frozen=True)
class Partition:
    """What a set of communities is like, over the vertices that have an edge.

    sizes: vertices of the community at the percentiles 50, 90, 99 and 100. modularity: -0.5..1 (Newman and Girvan
    2004). coverage: share of the votes that stay within a community, 0..1. conductance: mean over communities of the
    share of votes that leave it, of the smaller side's, 0..1; that of a whole component is 0.
    """

    vertices: int
    communities: int
    sizes: tuple[int, int, int, int]
    modularity: float
    coverage: float
    conductance: float


@dataclass(frozen=True)
class Report:
    """How a propagation went. kept: the iteration whose labels are given, 0 for the initial ones.

    digest: of all (vertex, label), the same for the same labels in any exchange mode and number of blocks.
    """

    steps: tuple[Step, ...]
    stopped: Stop
    kept: int
    exchange: Literal["broadcast", "shuffle"]
    digest: int
    partition: Partition
