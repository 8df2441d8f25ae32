"""A release of a small synthetic marketplace, as the whole pipeline publishes it: for tests of what reads a release."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession
from rich.console import Console

from marketgraph.file_modes import keep_from_others
from marketgraph.pipeline import Order, open_context, run_all
from marketgraph.reporter import Reporter
from marketgraph.stages.stage import Context, StageResult

ROOT = Path(__file__).resolve().parent.parent
DATES = ("2024-06-29", "2024-05-01")
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
    """All stages, told to nobody; as a command does, files are kept from others."""
    keep_from_others()
    config, as_of = asked.read()
    reporter = Reporter(Console(quiet=True))
    context = open_context(spark, config, as_of, reporter)
    return context, run_all(context, reporter)
