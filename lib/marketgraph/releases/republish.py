"""A release published anew under its id, with other versions of the tables that it pins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from marketgraph.releases.load import read_publications
from marketgraph.releases.standing import Listed
from marketgraph.store import Store
from marketgraph.tables.operations import RELEASES


def republish(store: Store, release: Listed, moved: Mapping[str, tuple[int, int]]) -> bool:
    """Append the release's row with other pins; False when another process has published it in between.

    moved: by full name of table its Delta version and rows from now on. What the release came of stays, so that its id
    does too, and a rerun makes nothing anew.
    """
    pins = [
        {**pin.asDict(), **_moved(moved[pin["table"]])} if pin["table"] in moved else pin.asDict()
        for pin in release.row["pins"]
    ]
    now = after_all_others(store, datetime.now(timezone.utc).replace(tzinfo=None))
    told = {**release.row.asDict(), "published_at": now, "pins": [tuple(pin.values()) for pin in pins]}
    frame = store.spark.createDataFrame([tuple(told.values())], RELEASES.schema)
    app_id, number = f"release/{release.row['fingerprint']}", release.publications + 1
    return store.append(RELEASES, frame, app_id=app_id, app_version=number) is not None


def _moved(to: tuple[int, int]) -> dict[str, int]:
    return {"delta_version": to[0], "rows": to[1]}


def after_all_others(store: Store, now: datetime) -> datetime:
    """`now`, or just after the last publication where a clock that was set back says less.

    Which release of a date is the newest goes by this time, and must not turn on a clock.
    """
    told = [row["published_at"] for row in read_publications(store)]
    return max(now, max(told) + timedelta(microseconds=1)) if told else now
