"""The pipeline: every stage of a run in the order in which data falls, in one process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Thread

from pyspark.sql import SparkSession

from marketgraph.books import Books
from marketgraph.config import Config
from marketgraph.config_file import absolute, load_config, shortened
from marketgraph.errors import ConfigError
from marketgraph.reporter import Reporter
from marketgraph.run import Run
from marketgraph.runs.watch import Watch
from marketgraph.stages import (
    build_edges,
    build_sequences,
    build_training,
    communities,
    entities,
    evidence,
    features,
    gate,
    marketplace,
    motifs,
    name_communities,
    profile_communities,
    release,
    risk,
    sources,
)
from marketgraph.stages.stage import Context, Stage, StageResult, run_stage, standing
from marketgraph.store import Store
from marketgraph.training.rules import cutoffs

STAGES: tuple[Stage, ...] = (
    marketplace.STAGE,
    sources.STAGE,
    entities.STAGE,
    build_edges.STAGE,
    communities.STAGE,
    name_communities.STAGE,
    profile_communities.STAGE,
    features.STAGE,
    risk.STAGE,
    motifs.STAGE,
    evidence.STAGE,
    build_sequences.STAGE,
    build_training.STAGE,
    gate.STAGE,
    release.STAGE,
)
# What a training set looks back at is written by these for each of its dates. Names of communities are not asked for,
# and would go on from a later day's.
LOOKED_AT = (
    sources.STAGE,
    entities.STAGE,
    build_edges.STAGE,
    communities.STAGE,
    features.STAGE,
    build_sequences.STAGE,
)
BY_NAME = {stage.name: stage for stage in STAGES}


@dataclass(frozen=True)
class Order:
    """What the command line asks for. full: nothing goes on from an earlier date."""

    config: Path
    as_of: str | None = None
    source: str | None = None
    data: str | None = None
    overrides: tuple[str, ...] = ()
    full: bool = False

    def read(self) -> tuple[Config, date]:
        """The config in force and the run's date. Raises ConfigError before anything is started."""
        config = load_config(self.config, overrides=self.overrides)
        if self.source is not None:
            _require_local("--source", self.source)
        told = {"mapping": self.source, "data": self.data}
        given = {key: absolute(value, Path.cwd()) for key, value in told.items() if value is not None}
        if given:
            # data of one's own: nothing is made up
            sources = config.sources.model_copy(update={**given, "synthetic": None})
            config = config.model_copy(update={"sources": sources})
        return config, _date(self.as_of, config)


def open_context(
    spark: SparkSession, config: Config, as_of: date, reporter: Reporter, *, full: bool = False
) -> Context:
    """Open the warehouse and its books for one date. full: build anew what could go on from an earlier date."""
    run = Run.start(config, as_of)
    store = Store(spark, config.store.root)
    watch = Watch(spark, wrote=reporter.wrote)
    return Context(
        spark, config, run, store, Books(store, as_of), reporter.warn, reporter.progress, full, watch
    )


def run_stages(stages: Sequence[Stage], context: Context, reporter: Reporter) -> list[StageResult]:
    """Run the stages one after the other, each reported as it begins and ends. The first error ends the run."""
    results = []
    for stage in stages:
        seen_from = context.watch.stage(stage.name, context.run.as_of, stage.read_now(context))
        with reporter.stage(stage.name), seen_from as seen:
            result = run_stage(stage, context)
            seen.end(standing(stage.outputs_of(context.config), context), unchanged=result.unchanged)
        reporter.done(result)
        results.append(result)
    return results


def run_all(context: Context, reporter: Reporter) -> list[StageResult]:
    """Every stage of the run; before its training set what that looks back at. The results are of the run's date."""
    before = STAGES.index(build_training.STAGE)
    results = run_stages(STAGES[:before], context, reporter)
    look_back(context, reporter)
    return results + run_stages(STAGES[before:], context, reporter)


def look_back(context: Context, reporter: Reporter) -> None:
    """Run the stages up to the features for the dates that the run's training set looks back at.

    What stands for such a date is not made again. A run without training sets, or in which nobody was judged yet, looks
    back at nothing; nor does that of a marketplace which began after the first of these dates.
    """
    days = cutoffs(context.config.training, context.run.as_of)
    if not build_training.looks_back(context):
        if build_training.is_to_look_back(context):
            context.warn(
                f"no training set: there were no merchants, buyers or orders yet on {days[0]}, which it would look "
                "back at (training.cutoffs)"
            )
        return
    for day in days:
        reporter.say(f"as of {day}, which the training set looks back at:")
        run_stages(LOOKED_AT, build_training.at(context, day), reporter)


def begin_ahead(stages: Sequence[Stage]) -> None:
    """Do aside, while Spark starts, what stages name as `ahead`. A failure shows when the stage's turn comes."""

    def all_ahead() -> None:
        for stage in stages:
            with suppress(Exception):
                if stage.ahead is not None:
                    stage.ahead()

    Thread(target=all_ahead, name="ahead", daemon=True).start()


def _require_local(option: str, given: str) -> None:
    if "://" in given:
        raise ConfigError(
            f"{option} {shortened(given)}: not a file of this machine", fix="copy it here first"
        )


def _date(text: str | None, config: Config) -> date:
    if text is None and config.as_of is None:
        raise ConfigError("no --as-of and no as_of in the config", fix="say --as-of YYYY-MM-DD")
    try:
        return config.as_of if text is None and config.as_of else date.fromisoformat(str(text))
    except ValueError as error:
        raise ConfigError(
            f"--as-of {shortened(str(text))}: not a date", fix="write it as YYYY-MM-DD"
        ) from error
