"""One driver at a time writes to a warehouse on S3, where the log store is the one that is safe for one only.

Two drivers would give two commits the same number, and the first would be lost without a word. So each puts up a flag,
an object of its own, and only then looks for others: S3 lists what was put before, so of two that begin at once at
least one sees the other. A flag is renewed while its driver lives; one that is not was left by a driver that was
killed. No clock is compared.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from threading import Event, Thread
from uuid import uuid4

from pyspark.sql import SparkSession

from marketgraph.errors import StoreError
from marketgraph.hadoop_files import names_in, read_text, remove, write_text
from marketgraph.object_stores import LOG_STORE, SEVERAL_DRIVERS, on_s3

FOLDER = "_writers"
RENEWED_S = 20.0
DEAD_S = 90.0
_LOOKED_S = 5.0


@dataclass
class Flag:
    """This driver's flag in a warehouse. beat: how often it was put up."""

    spark: SparkSession
    root: str
    name: str = field(default_factory=lambda: uuid4().hex)
    beat: int = 0

    @property
    def folder(self) -> str:
        return f"{self.root.rstrip('/')}/{FOLDER}"

    def put(self) -> None:
        """Put it up, or renew it."""
        self.beat += 1
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        told = {"host": socket.gethostname(), "renewed": now, "beat": self.beat}
        write_text(self.spark, f"{self.folder}/{self.name}", json.dumps(told))

    def take_down(self) -> None:
        remove(self.spark, f"{self.folder}/{self.name}")

    def others(self) -> dict[str, str]:
        """What the flags of others say, by name."""
        found = {}
        for name in names_in(self.spark, self.folder):
            with suppress(FileNotFoundError):  # just taken down
                found[name] = read_text(self.spark, f"{self.folder}/{name}") if name != self.name else ""
        return {name: text for name, text in found.items() if text}


@contextmanager
def one_writer(spark: SparkSession, root: str) -> Iterator[None]:
    """Within this block no other driver writes to `root`, if it keeps to this too; nothing to do where many may.

    Raises StoreError when another one is at work there.
    """
    if not on_s3(root) or spark.sparkContext.getConf().get(LOG_STORE) == SEVERAL_DRIVERS:
        yield
        return
    flag, ended = Flag(spark, root), Event()
    flag.put()
    renewing = Thread(target=_renew, args=(flag, ended), name="renews the flag", daemon=True)
    renewing.start()
    try:
        _require_alone(flag)
        yield
    finally:
        ended.set()
        renewing.join(_LOOKED_S)
        with suppress(Exception):
            flag.take_down()


def _renew(flag: Flag, ended: Event) -> None:
    while not ended.wait(RENEWED_S):
        with suppress(Exception):  # tried again in a moment
            flag.put()


def _require_alone(flag: Flag) -> None:
    """Wait until the flags of others have been taken down, or have not been renewed for so long that they are dead."""
    seen, until = flag.others(), time.monotonic() + DEAD_S
    while seen and time.monotonic() < until:
        time.sleep(_LOOKED_S)
        now = flag.others()
        for name in now:
            if now[name] != seen.get(name):
                raise _at_work(flag.root, now[name])
        seen = now
    for name in seen:
        remove(flag.spark, f"{flag.folder}/{name}")


def _at_work(root: str, told: str) -> StoreError:
    with suppress(ValueError):
        told = f"on {json.loads(told)['host']}"
    return StoreError(
        f"{root}: another driver writes to it {told}, and its log store is safe for one at a time",
        fix="let it end, then run again; for several at once set the log store of DynamoDB: docs/object-stores.md",
    )
