"""Synthetic events for the part `windows`, made by numpy from a seed and written as Parquet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MOMENT = datetime(2024, 6, 29, tzinfo=timezone.utc)
DAYS = (1, 7, 30, 90, 180)  # the windows
SPAN = 200  # days before the moment that events lie in: some are in no window
EVENTS_OF_AN_ENTITY, EVENTS_OF_A_COUNTERPART = 150, 30  # on average; both are skewed
_PIECE = 2_000_000
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Events:
    """Events on disk: (entity, counterpart, amount, occurred_at)."""

    folder: Path
    rows: int
    entities: int


def events(rows: int, folder: Path, *, seed: int = 1) -> Events:
    """So many events, drawn and written piece by piece. The busiest thousandth of the entities has 3 % of them."""
    entities, others = max(1, rows // EVENTS_OF_AN_ENTITY), max(1, rows // EVENTS_OF_A_COUNTERPART)
    folder.mkdir(parents=True)
    for number, begin in enumerate(range(0, rows, _PIECE)):
        dice = np.random.default_rng([seed, number])
        piece = _drawn(dice, min(_PIECE, rows - begin), entities, others)
        # decimals as Spark writes them, by which it reads them fastest
        pq.write_table(piece, folder / f"part-{number}.parquet", store_decimal_as_integer=True)
    return Events(folder, rows, entities)


def _drawn(dice: np.random.Generator, rows: int, entities: int, others: int) -> pa.Table:
    last = int(MOMENT.timestamp()) * 1_000_000
    at = last - dice.integers(1, SPAN * _DAY, rows)
    return pa.table(
        {
            "entity": (dice.random(rows) ** 2 * entities).astype(np.int64),
            "counterpart": (dice.random(rows) ** 2 * others).astype(np.int64),
            "amount": _money(dice.integers(1, 10_000_000, rows)),
            "occurred_at": pa.array(at, pa.timestamp("us", tz="UTC")),
        }
    )


def _money(units: np.ndarray) -> pa.Array:
    """Ten-thousandths as decimals."""
    words = np.zeros((len(units), 2), np.int64)
    words[:, 0] = units
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(units), [None, pa.py_buffer(words.tobytes())])
