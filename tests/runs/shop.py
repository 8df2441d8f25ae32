"""A run of two small stages, watched as a launcher watches it: in seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from rich.console import Console

from marketgraph.config import Config
from marketgraph.errors import QualityError
from marketgraph.pipeline import Order, open_context, run_stages
from marketgraph.reporter import Reporter
from marketgraph.runs.seen import Ended
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables.communities import COMPONENTS, LABELS
from marketgraph.watched_run import watched
from tests.conftest import ROOT

AS_OF = "2024-06-19"
ROWS = 1000


def write_labels(work: Work) -> None:
    """Labels of a thousand vertices in ten groups, by way of a shuffle."""
    rows = work.context.spark.range(ROWS).select(
        F.col("id").alias("vertex_id"), (F.col("id") % 10).alias("label")
    )
    work.write(LABELS, rows.repartition(2, "label"))


def write_components(work: Work) -> None:
    """A component for each label."""
    rows = work.read(LABELS).select("vertex_id", F.col("label").alias("component"))
    work.write(COMPONENTS, rows)


def refuse(work: Work) -> None:
    """Fails by an error that quotes a row."""
    raise QualityError("buyer mallory@example.com is there twice", fix="take one out")


def write_slowly(work: Work) -> None:
    """Labels, and then something that takes its time."""
    write_labels(work)
    time.sleep(2.5)


FIRST = Stage("labels", (), (LABELS,), lambda _: None, write_labels)
SECOND = Stage("components", (LABELS,), (COMPONENTS,), lambda _: None, write_components)
SLOW = Stage("slow", (), (LABELS,), lambda context: context.run.run_id, write_slowly)  # never the same again
BAD = Stage("refusal", (LABELS,), (), lambda _: None, refuse)


class Shop:
    """A warehouse in which runs of such stages are made. said: what people saw of the last one."""

    def __init__(self, spark: SparkSession, root: Path, *overrides: str) -> None:
        places = (f"store.root={root}", f"sources.data={root}/raw", f"identifiers.key_file={root}/id.key")
        self.order = Order(ROOT / "conf" / "local.yml", AS_OF, None, None, (*places, *overrides))
        self.spark, self.root, self.said = spark, root, ""

    @property
    def config(self) -> Config:
        """What is in force."""
        return self.order.read()[0]

    def run(self, *stages: Stage, release: str | None = None, terminal: bool = False) -> Context:
        """Run the stages as `marketgraph run` does. terminal: to somebody who looks on."""
        with self.told(terminal=terminal) as reporter:
            context = open_context(self.spark, *self.order.read(), reporter)
            with watched(context, reporter, command="run") as outcome:
                run_stages(stages, context, reporter)
                outcome.release_id = release
        return context

    @contextmanager
    def told(self, *, terminal: bool) -> Iterator[Reporter]:
        """A reporter whose lines are kept."""
        seen = StringIO()
        try:
            yield Reporter(Console(file=seen, width=200, force_terminal=terminal))
        finally:
            self.said = seen.getvalue()


def at_once(context: Context, name: str) -> Context:
    """The same context for another run that goes on beside."""
    return replace(context, run=replace(context.run, run_id=name))


def ended(**told: object) -> Ended:
    """How a run ended, in one second."""
    return Ended(**{"command": "run", "seconds": 1.0, **told})  # type: ignore[arg-type]
