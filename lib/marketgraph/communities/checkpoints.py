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
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph import hadoop_files
from marketgraph.communities.propagation import Exchanging, History, Watch, propagate
from marketgraph.communities.report import Report, Step
from marketgraph.communities.settings import Propagation
from marketgraph.errors import ConfigError, MarketgraphError
from marketgraph.graphs.formats import readable

NEWEST_KEPT = 3  # a broken one has two before it
_FOLDER = re.compile(r"^iteration=(\d+)$")
_LABELS = "vertex_id long, label long"
Say = Callable[[str], object]


class _BrokenError(MarketgraphError):
    """A checkpoint that can't be trusted; the message says why."""


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
        nearest = min((_differences(other, self.decides) for other in others), key=len)
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
        guarded = past.best_modularity is not None
        _written(exchange.labelled(past.states[at]), f"{folder}/labels")
        if guarded:
            _written(exchange.labelled(past.states[past.best]), f"{folder}/best")
        text = json.dumps(self._manifest(exchange, past), indent=1)
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

    def _manifest(self, exchange: Exchanging, past: History) -> dict[str, Any]:
        modularity = past.best_modularity
        return {
            "key": self.key,
            "decides": self.decides,
            "iteration": len(past.steps),
            "rows": exchange.vertices,
            "digest": f"{past.digests[-1]:016x}",
            "digests": [f"{digest:016x}" for digest in past.digests],
            "steps": [asdict(step) for step in past.steps],
            "best": past.best,
            "best_modularity": None if modularity is None else str(modularity),
        }

    def _read(self, exchange: Exchanging, at: int) -> History:
        told = self._told(at)
        try:
            digests = [int(digest, 16) for digest in told["digests"]]
            steps = [Step(**step) for step in told["steps"]]
            past = History({}, digests, steps, told["best"])
            past.best_modularity = told["best_modularity"] and int(told["best_modularity"])
            sound = told["iteration"] == len(steps) == len(digests) - 1 == at
            sound = sound and told["digest"] == f"{digests[-1]:016x}" and 0 <= past.best <= at
        except (KeyError, TypeError, ValueError) as error:
            raise _BrokenError(f"its manifest lacks what it must have: {error!r}") from error
        if told["key"] != self.key or not sound:
            raise _BrokenError("its manifest contradicts itself")
        if past.best_modularity is not None:
            past.states[past.best] = self._state(exchange, f"{self._of(at)}/best", digests[past.best])
        past.states[at] = self._state(exchange, f"{self._of(at)}/labels", digests[at])
        return past

    def _told(self, at: int) -> dict[str, Any]:
        name = f"{self._of(at)}/manifest.json"
        try:
            with readable(name):
                told = json.loads(hadoop_files.read_text(self.spark, name))
        except FileNotFoundError:
            raise _BrokenError("it has no manifest, so it was not finished") from None
        except ValueError as error:
            raise _BrokenError(f"its manifest is no JSON: {error}") from error
        if not isinstance(told, dict) or not isinstance(told.get("decides"), dict) or "key" not in told:
            raise _BrokenError("its manifest lacks what it must have")
        return told

    def _state(self, exchange: Exchanging, folder: str, digest: int) -> Any:
        with readable(folder):
            labels = self.spark.read.schema(_LABELS).parquet(folder)
            rows = labels.count()
            if rows != exchange.vertices:
                raise _BrokenError(f"{folder} has {rows:,} rows in place of {exchange.vertices:,}")
            try:
                state = exchange.resume(labels)
            except (ValueError, IndexError) as error:
                raise _BrokenError(f"{folder}: {error}") from error
        if state.digest != digest:
            exchange.drop(state)
            raise _BrokenError(f"{folder} has the digest {state.digest:016x} in place of {digest:016x}")
        return state

    def _of(self, iteration: int) -> str:
        return f"{self.place}/iteration={iteration}"

    def _iterations(self) -> list[int]:
        names = hadoop_files.names_in(self.spark, self.place)
        return sorted(int(found[1]) for name in names if (found := _FOLDER.match(name)))

    def _others(self) -> list[dict[str, Any]]:
        """What decided the labels of every run that has a readable checkpoint here."""
        found = []
        for key in hadoop_files.names_in(self.spark, self.folder):
            for name in hadoop_files.names_in(self.spark, f"{self.folder.rstrip('/')}/{key}"):
                path = f"{self.folder.rstrip('/')}/{key}/{name}/manifest.json"
                if _FOLDER.match(name) and (decides := self._decides(path)):
                    found.append(decides)
                    break
        return found

    def _decides(self, path: str) -> dict[str, Any] | None:
        try:
            with readable(path):
                told = json.loads(hadoop_files.read_text(self.spark, path))
        except (FileNotFoundError, ValueError, MarketgraphError):
            return None
        return told.get("decides") if isinstance(told, dict) else None


def propagate_kept(
    exchange: Exchanging, settings: Propagation, *, watch: Watch | None, checkpoints: Checkpoints | None
) -> tuple[Any, Report]:
    """`propagate`, from a checkpoint if one is to resume, and leaving checkpoints on the way."""
    if checkpoints is None:
        return propagate(exchange, settings, watch=watch)
    past, keep = checkpoints.resumed(exchange), partial(checkpoints.keep, exchange)
    return propagate(exchange, settings, history=past, watch=watch, keep=keep)


def _written(labels: DataFrame, folder: str) -> None:
    labels.select("vertex_id", "label").write.parquet(folder)


def _differences(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    names = sorted({*theirs, *ours})
    return [
        f"{n} was {theirs.get(n)}, and is now {ours.get(n)}" for n in names if theirs.get(n) != ours.get(n)
    ]
