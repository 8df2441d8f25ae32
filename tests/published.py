"""A release of a small synthetic marketplace, as the whole pipeline publishes it: for tests of what reads a release."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from pyspark.sql import SparkSession
from rich.console import Console

from marketgraph.pipeline import Order, open_context, run_all
from marketgraph.reporter import Reporter
from marketgraph.stages.stage import Context, StageResult

ROOT = Path(__file__).resolve().parent.parent
DATES = ("2024-06-19", "2024-06-29")
# Features of two kinds, and none of neighbours: to plan all of them takes as long as all else at this size. All are
# built on Olist (tests/olist) and tried in tests/features.
FEW_FEATURES = tuple(f"features.{told}=[]" for told in ("product", "creator", "content", "neighbours"))
SIZE = ("sources.synthetic.scale=0.02", "spark.shuffle_partitions=2", "spark.driver_memory=2g", *FEW_FEATURES)
# Training sets look back at other dates, which take as long to build as this one: they have a test of their own.
NO_SETS = "training.kinds=[]"


def order(warehouse: Path, as_of: str = DATES[0], *more: str) -> Order:
    """What the command line would ask for, with everything of the run in `warehouse`."""
    places = (
        f"store.root={warehouse}",
        f"sources.data={warehouse}/raw",
        f"identifiers.key_file={warehouse}/id.key",
    )
    return Order(ROOT / "conf" / "local.yml", as_of, None, None, (*SIZE, NO_SETS, *places, *more))


def run(spark: SparkSession, asked: Order) -> tuple[Context, list[StageResult]]:
    """All stages, told to nobody."""
    context = opened(spark, asked)
    return context, run_all(context, Reporter(Console(quiet=True)))


def opened(spark: SparkSession, asked: Order) -> Context:
    """What a run of that order begins with."""
    return open_context(spark, *asked.read(), Reporter(Console(quiet=True)))


def made_once(name: str, factory: pytest.TempPathFactory, make: Callable[[Path], object]) -> Path:
    """A copy of the warehouse that `make` leaves in the folder it is given. Of several test processes one makes it."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # each process has a folder of its own below it
    first, done = shared / name, shared / f"{name}.made"
    with FileLock(f"{first}.lock"):
        if not done.exists():
            shutil.rmtree(first, ignore_errors=True)
            make(first)
            done.touch()
    return shutil.copytree(first, factory.mktemp(name) / "warehouse")
