"""Tables of the books whose rows are numbered from 1, each by the process that appends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from typing import TypeVar

from marketgraph.delta_races import ATTEMPTS
from marketgraph.errors import StoreError
from marketgraph.store import Store
from marketgraph.tables import Table

T = TypeVar("T")


def append_numbered(
    store: Store,
    table: Table,
    ask: Callable[[], tuple[int, list[T]]],
    row: Callable[[int, T], object],
    *,
    did: str = "wrote to it",
) -> list[T]:
    """Append what `ask` wants of the table as it stands; returns that.

    ask: the last number there is, 0 for none, and what is wanted; it is asked again where another process was faster.
    row: the dataclass of a number and something wanted. did: what the others did, in words. Raises StoreError when they
    were faster five times.
    """
    for _ in range(ATTEMPTS):
        last, wanted = ask()
        told = [astuple(row(last + 1 + n, one)) for n, one in enumerate(wanted)]  # type: ignore[call-overload]
        # its app id names the first number: of two processes that would give the same, one is skipped
        app_id = f"{table.full_name}/{last + 1}"
        if not wanted or _append(store, table, told, app_id):
            return wanted
    raise StoreError(
        f"{store.path(table)}: other processes {did} {ATTEMPTS} times in a row", fix="try again in a minute"
    )


def _append(store: Store, table: Table, rows: list[tuple[object, ...]], app_id: str) -> bool:
    frame = store.spark.createDataFrame(rows, table.schema)
    return store.append(table, frame, app_id=app_id, app_version=1) is not None
