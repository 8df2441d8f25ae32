"""What the stories of faults share: a small sliced table in a warehouse, and how its files are spoilt from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from pyspark.sql import DataFrame

from marketgraph.run import Run
from marketgraph.slices import Slice
from marketgraph.store import Store
from marketgraph.tables.communities import LABELS

MONDAY, TUESDAY, WEDNESDAY = date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)
DAYS = (MONDAY, TUESDAY, WEDNESDAY)


def run_of(as_of: date, run_id: str = "test") -> Run:
    return Run(f"{as_of}.{run_id}", as_of, "config", "code", datetime(2024, 1, 4))


def five_labels(store: Store, label: int) -> DataFrame:
    """Five vertices in one community."""
    return store.spark.createDataFrame([(vertex, label) for vertex in range(5)], LABELS.schema)


def written(store: Store, as_of: date, label: int, *, fingerprint: str = "a", sequence: int = 1) -> Slice:
    frame = five_labels(store, label)
    return store.write(LABELS, frame, run_of(as_of), fingerprint=fingerprint, sequence=sequence)


def labels_of(store: Store, held: Slice) -> set[int]:
    """The communities of a slice that has to have all its five rows."""
    rows = store.read_slice(LABELS, held).collect()
    assert len(rows) == 5
    return {row["label"] for row in rows}


def log_file(root: str | Path, version: int, table: str = "communities/labels") -> Path:
    return Path(root) / table / "_delta_log" / f"{version:020d}.json"


def rewritten(file: Path, content: str, *, keeps_checksums: bool = False) -> None:
    """Other content for a file of a log, with the sums beside it as another file system or a copy would have them."""
    file.write_text(content)
    if not keeps_checksums:
        for sums in (f".{file.name}.crc", f"{file.stem}.crc", f".{file.stem}.crc.crc"):
            (file.parent / sums).unlink(missing_ok=True)


def without_last_line(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines[:-1])
