"""Numbers that compare labels and sizes. Plain numpy."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Labels:
    """Labels of vertices, by ascending vertex id."""

    ids: np.ndarray
    labels: np.ndarray

    @property
    def communities(self) -> int:
        """How many distinct labels there are."""
        return int(np.unique(self.labels).size)

    @property
    def digest(self) -> str:
        """A hash of all rows (vertex_id, label), in whatever order they were written."""
        return hashlib.blake2b(self.ids.tobytes() + self.labels.tobytes(), digest_size=8).hexdigest()


def read_labels(folder: Path) -> Labels:
    """The rows (vertex_id, label) of a folder of Parquet files that was written once: Delta's too."""
    ids, labels = read_columns(folder, "vertex_id", "label")
    return Labels(ids, labels.astype(np.int64))


def read_columns(folder: Path, key: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Two columns of a folder of Parquet files that was written once, by ascending key (a long)."""
    files = sorted(folder.glob("*.parquet"))
    tables = [pq.ParquetFile(file).read([key, column]) for file in files]
    keys, values = (np.concatenate([table.column(n).to_numpy() for table in tables]) for n in (key, column))
    order = np.argsort(keys)
    return keys[order].astype(np.int64), values[order]


def nmi(one: np.ndarray, other: np.ndarray) -> float:
    """Normalised mutual information of two partitions of the same things, 0..1: 2 I / (H + H').

    That is mutual information by the arithmetic mean of both entropies. Two partitions of one part each agree: 1.
    Source: Danon, Díaz-Guilera, Duch and Arenas (2005).
    """
    first, second = (np.unique(labels, return_inverse=True)[1] for labels in (one, other))
    both = first.astype(np.int64) * (int(second.max(initial=0)) + 1) + second
    h_one, h_other, h_both = _entropy(first), _entropy(second), _entropy(both)
    mean = (h_one + h_other) / 2
    return float(max(0.0, h_one + h_other - h_both) / mean) if mean else 1.0


def _entropy(labels: np.ndarray) -> float:
    share = np.unique(labels, return_counts=True)[1] / max(1, labels.size)
    return float(-(share * np.log(share)).sum())


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The b of seconds = a * size^b, by least squares on the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """How much a value grows per unit of size, between the two last sizes."""
    return (values[-1] - values[-2]) / (sizes[-1] - sizes[-2])


def judged(value: float, *, aim: float, bar: float, unit: str = "") -> str:
    """A value beside what was aimed at and what is the most that may be."""
    state = "the aim is met" if value <= aim else "the bar is held" if value <= bar else "OVER THE BAR"
    return f"{value:.3g}{unit} (bar {bar:g}{unit}, aim {aim:g}{unit}: {state})"
