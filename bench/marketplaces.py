"""Synthetic marketplaces on disk, conformed and with their entities numbered, for the parts that build edges.

Each is made by the product's own jobs and kept: a marker, written last, says of which scale, seed, days and code it is.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.process import ROOT, run
from marketgraph.config import digest
from marketgraph.config_file import load_config
from marketgraph.run import code_version
from marketgraph.spark_settings import SparkSettings

CONF = ROOT / "conf" / "local.yml"
DAY_BEFORE, DAY = "2024-06-28", "2024-06-29"
SEED = 20240101
MARKER = "marketplace.json"
PATIENCE = 4 * 3600.0  # seconds that one job of the making may take
LONG_RUNS = 8  # above this scale code is hot for long enough to be compiled well
AS_SHIPPED = 2  # up to this scale jobs run with conf/local.yml's heap and its two partitions


@dataclass(frozen=True)
class Marketplace:
    """A marketplace in a folder. days: its sources and entities are there of each, its edges of all but the last."""

    scale: float
    days: tuple[str, ...]
    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse"

    @property
    def spare(self) -> Path:
        """Where copies of the warehouse are worked on: beside it, so that files can be linked."""
        return self.folder / "copy"


@dataclass(frozen=True)
class Sizing:
    """How Spark is sized for a scale. memory: the driver's heap; words: settings beside these, `path=value`."""

    memory: str = "8g"
    words: tuple[str, ...] = ()

    def settings(self, scale: float) -> list[str]:
        """As conf/local.yml for a small marketplace; for others two partitions for each unit of scale."""
        large = [f"spark.driver_memory={self.memory}", f"spark.shuffle_partitions={partitions(scale)}"]
        large += ["spark.generated_code=thorough"] if scale > LONG_RUNS else []
        return [*(large if scale > AS_SHIPPED else []), *self.words]

    def spark(self, scale: float) -> SparkSettings:
        """What comes of it, conf/local.yml beneath."""
        return load_config(CONF, overrides=tuple(self.settings(scale))).spark


def partitions(scale: float) -> int:
    """Of a shuffle: two, and two for each unit of scale where there are more than two units."""
    return 2 if scale <= AS_SHIPPED else round(2 * scale)


def prepared(place: Path, scale: float, sizing: Sizing, *, days: tuple[str, ...] = (DAY,)) -> Marketplace:
    """The marketplace of a scale in a folder of `place`, made unless it is there by this very code."""
    folder = place.resolve() / f"scale-{scale:g}{'-day-before' * (len(days) > 1)}"
    marketplace, wanted = Marketplace(scale, days, folder), marker(scale, days, sizing.words)
    if not _is_made(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, day in _making(days):
            print(f"preparing scale {scale:g}: {name} as of {day}", flush=True)
            _need(job(name, marketplace, sizing, as_of=day, warehouse=marketplace.warehouse), name)
        (folder / MARKER).write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
    return marketplace


def marker(scale: float, days: tuple[str, ...], words: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a prepared marketplace came of; with edges in it, also how relations are declared."""
    rules = load_config(CONF, overrides=words).edges.model_dump(mode="json") if len(days) > 1 else None
    told = {"scale": scale, "seed": SEED, "days": list(days), "code": code_version()}
    return told | ({"edges": digest(rules)} if rules else {})


def job(name: str, of: Marketplace, sizing: Sizing, *, as_of: str, warehouse: Path) -> list[str]:
    """The command line of one of the product's jobs on a marketplace."""
    settings = [
        f"store.root={warehouse}",
        f"sources.data={of.folder / 'raw'}",
        f"sources.synthetic.scale={of.scale}",
        f"sources.synthetic.seed={SEED}",
        f"identifiers.key_file={of.folder / 'identifiers.key'}",
        *sizing.settings(of.scale),
    ]
    words = [word for setting in settings for word in ("--set", setting)]
    return [sys.executable, "-m", f"jobs.{name}", "--config", str(CONF), "--as-of", as_of, *words]


def fresh_copy(warehouse: Path, to: Path) -> Path:
    """A copy to work on. Data files, which nobody writes again, are links to the same bytes; logs are copied."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(warehouse, to, copy_function=_linked)
    return to


def _linked(source: str, target: str) -> str:
    if source.endswith(".parquet") and "_delta_log" not in Path(source).parts:
        os.link(source, target)
        return target
    return str(shutil.copy2(source, target))


def _is_made(folder: Path, wanted: dict[str, Any]) -> bool:
    found = folder / MARKER
    return found.exists() and json.loads(found.read_text(encoding="utf-8")) == wanted


def _making(days: Sequence[str]) -> list[tuple[str, str]]:
    """Jobs and dates, in order."""
    each = [(name, day) for day in days for name in ("conform_sources", "build_entities", "build_edges")]
    return [("make_marketplace", days[0]), *each[:-1]]


def _need(command: list[str], name: str) -> None:
    outcome = run(command, limit=PATIENCE, talks=False)
    if outcome.state != "ended":
        raise SystemExit(f"{name}: {outcome.state}. {outcome.reason}")
