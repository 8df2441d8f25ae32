"""A sandbox: one release in a warehouse of its own, whose tables read the files of the first one."""

from __future__ import annotations

from functools import partial

from pyspark.sql import Row

from marketgraph.books import Books
from marketgraph.delta_tables import shallow_clone
from marketgraph.errors import ConfigError
from marketgraph.hadoop_files import names_in
from marketgraph.releases.erasures import copy_erasures
from marketgraph.releases.marks import pin_for_clone
from marketgraph.releases.standing import Listed
from marketgraph.run import Run
from marketgraph.side_by_side import side_by_side
from marketgraph.slices import Slice
from marketgraph.store import Store
from marketgraph.tables import Table
from marketgraph.tables.operations import RELEASES

AT_ONCE = 4


def clone_release(store: Store, name: str, to: str) -> Listed:
    """Clone the tables of a release into an empty folder, with books and a list of releases that know of it alone.

    The release is pinned, so that maintenance leaves the files that the sandbox reads. Its row in the sandbox is
    written last: before that there is nothing there to load. Raises StoreError when there is no such release;
    ConfigError when `to` is not empty.
    """
    sandbox = Store(store.spark, to)
    if names_in(store.spark, sandbox.root):
        raise ConfigError(f"{sandbox.root}: is not empty", fix="give another --to, or remove it yourself")
    release = pin_for_clone(store, name, sandbox.root)
    pins = side_by_side((partial(_clone, store, sandbox, pin) for pin in release.row["pins"]), AT_ONCE)
    _record(store, sandbox, release, pins)
    copy_erasures(store, sandbox)
    row = tuple({**release.row.asDict(), "pins": pins}.values())
    frame = store.spark.createDataFrame([row], RELEASES.schema)
    sandbox.append(RELEASES, frame, app_id=f"release/{release.row['fingerprint']}", app_version=1)
    return release


def _clone(store: Store, sandbox: Store, pin: Row) -> Row:
    """Clone one table; returns its pin in the sandbox."""
    table = Table.named(pin["table"])
    shallow_clone(store.spark, store.path(table), pin["delta_version"], sandbox.path(table))
    return Row(**{**pin.asDict(), "delta_version": sandbox.version(table)})


def _record(store: Store, sandbox: Store, release: Listed, pins: list[Row]) -> None:
    """Write the sandbox's books, as if one run had written it all: a run in it finds what stands."""
    books = Books(store, release.as_of)
    tables = [Table.named(pin["table"]) for pin in pins]
    slices = [
        Slice(
            t.stored_name,
            release.as_of,
            books.next_sequence(t),
            p["fingerprint"],
            p["delta_version"],
            p["rows"],
        )
        for t, p in zip(tables, pins, strict=True)
    ]
    row = release.row
    run = Run(row["run_id"], release.as_of, row["config_hash"], row["code_version"], row["published_at"])
    Books(sandbox, release.as_of).record(slices, run)
