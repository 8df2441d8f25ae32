"""What the launchers call: the whole pipeline, or one job of it, from command-line words to exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import NoReturn

from pyspark.sql import SparkSession

from marketgraph import log
from marketgraph.cli import exit_with
from marketgraph.config import Config
from marketgraph.one_writer import one_writer
from marketgraph.pipeline import (
    BY_NAME,
    STAGES,
    Order,
    begin_ahead,
    look_back,
    open_context,
    run_all,
    run_stages,
)
from marketgraph.release_file import write_release_file
from marketgraph.reporter import Reporter
from marketgraph.run_exports import export_run, require_exportable
from marketgraph.session import build_session
from marketgraph.stages.release import id_of
from marketgraph.stages.stage import Context
from marketgraph.summary import summarise
from marketgraph.watched_run import Outcome, opening, watched

PUBLISH = "publish_release"
FULL = "build edges anew, not from a day before, and look anew for the slice that communities are named after"


def job_main(name: str, words: list[str] | None = None) -> NoReturn:
    """Main of jobs/<name>.py: a stage or an ending by its name, or `pipeline` for all. Ends the process."""
    told = _parser(name).parse_args(words)
    order = Order(told.config, told.as_of, told.source, told.data, tuple(told.overrides), told.full)
    exit_with(
        lambda: (
            run_pipeline(order)
            if name == "pipeline"
            else run_job(name, order, release_file=told.release_file)
        )
    )


def run_pipeline(order: Order) -> None:
    """Every stage, then the tables of the run, what was found of what was planted, and where the report is."""
    config, as_of = order.read()
    reporter = told_of(config)
    with opening(config, reporter, command="run"):
        require_exportable(config)
    begin_ahead(STAGES)
    with _begun("run", config, as_of, reporter, full=order.full) as (context, outcome):
        results = run_all(context, reporter)
        outcome.release_id = id_of(context)
        summarise(context, results, reporter, exports=export_run(context, reporter))
        _write_report(context, reporter)


def run_job(name: str, order: Order, *, release_file: Path | None = None) -> None:
    """One stage on the slices that the stages before it have written; a training set's earlier dates come first.

    Or one of the ENDINGS, on the release of these slices. release_file: where to tell of a release just published.
    """
    config, as_of = order.read()
    reporter = told_of(config)
    with _begun(name, config, as_of, reporter, full=order.full) as (context, outcome):
        _work(name, context, reporter)
        if name in (PUBLISH, *ENDINGS):
            outcome.release_id = id_of(context)
        if release_file is not None:
            write_release_file(context, release_file)


def _work(name: str, context: Context, reporter: Reporter) -> None:
    if name in ENDINGS:
        ENDINGS[name](context, reporter)
        return
    if name == "build_training":
        look_back(context, reporter)
    run_stages([BY_NAME[name]], context, reporter)


@contextmanager
def _begun(
    command: str, config: Config, as_of: date, reporter: Reporter, *, full: bool
) -> Iterator[tuple[Context, Outcome]]:
    """The warehouse and its books for one date, in a session that writes to it; what is done within is told of."""
    named = "marketgraph" if command == "run" else f"marketgraph {command}"
    with ExitStack() as opened:
        with opening(config, reporter, command=command):
            session = command_session(config, app_name=f"{named} {as_of}", writes=True)
            spark = opened.enter_context(session)
            _tell_of_ui(spark, config, reporter)
            context = open_context(spark, config, as_of, reporter, full=full)
        yield context, opened.enter_context(watched(context, reporter, command=command))


@contextmanager
def command_session(
    config: Config, *more: str, app_name: str, writes: bool = False, brief: bool = False
) -> Iterator[SparkSession]:
    """A session for one command. One that was running before (a notebook's, a platform's) is left running.

    more: what the command reads or writes beside the config's locations. writes: whether to the warehouse; raises
    StoreError when another driver writes to it, and it bears only one. brief: whether it is done in seconds, however
    large the warehouse is.
    """
    found = SparkSession.getActiveSession() is not None
    spark = build_session(config.spark, app_name=app_name, locations=(*config.locations, *more), brief=brief)
    try:
        with one_writer(spark, config.store.root) if writes else nullcontext():
            yield spark
    finally:
        if not found:
            spark.stop()


def told_of(config: Config) -> Reporter:
    """The reporter, once the log is where the config wants it."""
    log.set_up(config.logs.format, config.logs.file)
    return Reporter()


def _tell_of_ui(spark: SparkSession, config: Config, reporter: Reporter) -> None:
    """Say where Spark's own pages are, to who asked for them."""
    if config.spark.ui and spark.sparkContext.uiWebUrl:
        reporter.say(f"Spark's pages, while this runs: {spark.sparkContext.uiWebUrl}")


def _write_exports(context: Context, reporter: Reporter) -> None:
    if not export_run(context, reporter):
        reporter.say("exports: the config asks for none")


def _write_report(context: Context, reporter: Reporter) -> None:
    from marketgraph.report_job import tell_of_report  # other commands don't wait for its imports

    tell_of_report(context, reporter)


# What a run ends with beside its release: they read it and make no table, so they are no stages.
ENDINGS: dict[str, Callable[[Context, Reporter], None]] = {
    "write_exports": _write_exports,
    "write_report": _write_report,
}


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=name, description=f"marketgraph job {name}", allow_abbrev=False)
    parser.add_argument(
        "--config", type=Path, required=True, help="the run's config, for example conf/local.yml"
    )
    parser.add_argument("--as-of", help="see only what was known before this date, YYYY-MM-DD")
    parser.add_argument("--source", help="mapping of your tables, conf/sources/*.yml")
    parser.add_argument("--data", help="folder that the mapping's files lie in")
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="PATH=VALUE")
    parser.add_argument("--full", action="store_true", help=FULL)
    if name == PUBLISH:
        parser.add_argument("--release-file", type=Path, help="tell there, as JSON, what was published")
    parser.set_defaults(release_file=None)
    return parser
