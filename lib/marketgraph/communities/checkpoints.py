"""Checkpoints of a propagation: after a crash it goes on from the last whole one, to the same labels, bit for bit.

    DIR/<key>/iteration=N/labels/     Parquet (vertex_id long, label long): every vertex that has an edge
    DIR/<key>/iteration=N/best/       the same, of the best iteration so far; only with a guard against collapse
    DIR/<key>/iteration=N/manifest.json   what the above must be; written last, so that half a checkpoint is none

The key is a hash of all that decides labels: settings, input files, version of this package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph import hadoop_files
from marketgraph.communities.manifest import BrokenError, decided, differences, history_of, manifest_of
from marketgraph.communities.propagation import Exchanging, History, Watch, begun, propagate
from marketgraph.communities.report import Report
from marketgraph.communities.settings import Propagation
from marketgraph.errors import ConfigError, MarketgraphError
from marketgraph.graphs.formats import readable

NEWEST_KEPT = 3  # a broken one has two before it
_FOLDER = re.compile(r"^iteration=(\d+)$")
_LABELS = "vertex_id long, label long"
Say = Callable[[str], object]


@dataclass(frozen=True)
class Checkpoints:
    """Where a propagation leaves its checkpoints. folder: DIR. every: how many iterations; 0: none is written.

    decides: all that decides labels, by name; its hash is the key. resume: begin from the newest checkpoint that is
    whole. say, warn: told what was found.
    """

    spark: SparkSession
    folder: str
    decides: dict[str, Any]
    every: int
    resume: bool
    say: Say
    warn: Say

    @cached_property
    def key(self) -> str:
        return sha256(json.dumps(self.decides, sort_keys=True).encode()).hexdigest()

    @property
    def place(self) -> str:
        """The folder of this key's checkpoints."""
        return f"{self.folder.rstrip('/')}/{self.key[:16]}"

    def require_resumable(self) -> None:
        """Raises ConfigError when one is to resume, and all checkpoints there are of other settings or inputs."""
        if not self.resume or self._iterations():
            return
        others = [d for d in self._others() if d != self.decides]
        if not others:
            return
        nearest = min((differences(other, self.decides) for other in others), key=len)
        raise ConfigError(
            f"--resume: the checkpoints in {self.folder} are of another run: {'; '.join(nearest)}",
            fix="give what that run was given, or leave out --resume to begin anew, or give other --checkpoints",
        )

    def keep(self, exchange: Exchanging, past: History) -> None:
        """Write a checkpoint if it is time for one, and remove all but the newest."""
        at = len(past.steps)
        if not self.every or at % self.every:
            return
        folder = self._of(at)
        hadoop_files.remove(self.spark, folder)
        _written(exchange.labelled(past.states[at]), f"{folder}/labels")
        if past.best_modularity is not None:
            _written(exchange.labelled(past.states[past.best]), f"{folder}/best")
        text = manifest_of(past, key=self.key, decides=self.decides, rows=exchange.vertices)
        hadoop_files.write_text(self.spark, f"{folder}/_manifest.draft", text)
        hadoop_files.move(self.spark, f"{folder}/_manifest.draft", f"{folder}/manifest.json")
        for old in [k for k in self._iterations() if k < at][: -NEWEST_KEPT + 1]:
            hadoop_files.remove(self.spark, self._of(old))

    def resumed(self, exchange: Exchanging) -> History | None:
        """The history to go on from; None, which is said, where there is no whole checkpoint."""
        found = self._iterations()
        if not self.resume:
            if found:
                self.warn(
                    f"{self.place}: there are checkpoints of this very run; --resume would go on from them"
                )
            return None
        for at in reversed(found):
            try:
                past = self._read(exchange, at)
            except MarketgraphError as broken:
                self.warn(f"{self._of(at)}: this checkpoint is left out: {broken.message}")
                continue
            self.say(f"goes on after iteration {at}, from {self._of(at)}")
            return past
        self.say(f"no checkpoint to go on from in {self.folder}: begins anew")
        return None

    def remove(self) -> None:
        """Remove the checkpoints of this key."""
        hadoop_files.remove(self.spark, self.place)

    def _read(self, exchange: Exchanging, at: int) -> History:
        """The history of a checkpoint. Raises BrokenError or SourceError when it is not whole."""
        text = self._text(f"{self._of(at)}/manifest.json")
        if text is None:
            raise BrokenError("it has no manifest, so it was not finished")
        past = history_of(text, key=self.key, iteration=at, rows=exchange.vertices)
        if past.best_modularity is not None:
            past.states[past.best] = self._state(exchange, f"{self._of(at)}/best", past.digests[past.best])
        past.states[at] = self._state(exchange, f"{self._of(at)}/labels", past.digests[at])
        return past

    def _text(self, name: str) -> str | None:
        try:
            with readable(name):
                return hadoop_files.read_text(self.spark, name)
        except FileNotFoundError:
            return None

    def _state(self, exchange: Exchanging, folder: str, digest: int) -> Any:
        with readable(folder):
            labels = self.spark.read.schema(_LABELS).parquet(folder)
            rows = labels.count()
            if rows != exchange.vertices:
                raise BrokenError(f"{folder} has {rows:,} rows in place of {exchange.vertices:,}")
            try:
                state = exchange.resume(labels)
            except (ValueError, IndexError) as error:
                raise BrokenError(f"{folder}: {error}") from error
        if state.digest != digest:
            exchange.drop(state)
            raise BrokenError(f"{folder} has the digest {state.digest:016x} in place of {digest:016x}")
        return state

    def _of(self, iteration: int) -> str:
        return f"{self.place}/iteration={iteration}"

    def _iterations(self) -> list[int]:
        names = hadoop_files.names_in(self.spark, self.place)
        return sorted(int(found[1]) for name in names if (found := _FOLDER.match(name)))

    def _others(self) -> list[dict[str, Any]]:
        """What decided the labels of every run that has a readable checkpoint here."""
        found, root = [], self.folder.rstrip("/")
        for run in hadoop_files.names_in(self.spark, root):
            for name in hadoop_files.names_in(self.spark, f"{root}/{run}"):
                decides = self._decided(f"{root}/{run}/{name}/manifest.json") if _FOLDER.match(name) else None
                if decides is not None:
                    found.append(decides)
                    break
        return found

    def _decided(self, name: str) -> dict[str, Any] | None:
        try:
            text = self._text(name)
        except MarketgraphError:
            return None
        return None if text is None else decided(text)


def propagate_kept(
    exchange: Exchanging,
    settings: Propagation,
    *,
    watch: Watch | None,
    checkpoints: Checkpoints | None,
    initial: DataFrame | None = None,
) -> tuple[Any, Report]:
    """`propagate`, from a checkpoint if one is to resume, and leaving checkpoints on the way.

    initial: the labels to begin from, (vertex_id, label) of every vertex; none: each with its own.
    """
    if checkpoints is None:
        return propagate(exchange, settings, history=begun(exchange, initial), watch=watch)
    past = checkpoints.resumed(exchange) or begun(exchange, initial)
    keep = partial(checkpoints.keep, exchange)
    return propagate(exchange, settings, history=past, watch=watch, keep=keep)


def _written(labels: DataFrame, folder: str) -> None:
    labels.select("vertex_id", "label").write.parquet(folder)
