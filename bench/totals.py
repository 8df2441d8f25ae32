"""What a relation's edges come to, to compare those of two engines by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc

from bench.delta import column, rows


@dataclass(frozen=True)
class Totals:
    """evidence: sum of evidence_count; weight: sum of the weights."""

    pairs: int
    evidence: int
    weight: float

    def equals(self, other: Totals) -> bool:
        """Weights are floats, summed in any order: equal to nine digits."""
        same = (self.pairs, self.evidence) == (other.pairs, other.evidence)
        return same and math.isclose(self.weight, other.weight, rel_tol=1e-9)


def totals(files: Sequence[Path]) -> Totals:
    """Of the edges in Parquet files."""
    sums = {name: pc.sum(column(files, name)).as_py() or 0 for name in ("evidence_count", "weight")}
    return Totals(rows(files), sums["evidence_count"], sums["weight"])
