"""A run of the pipeline or of one job, told from its begin to its end: log, tables of runs, and how it failed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from marketgraph.config import Config
from marketgraph.errors import MarketgraphError
from marketgraph.reporter import Reporter
from marketgraph.run import Run
from marketgraph.runs.lineage import Lineage
from marketgraph.runs.metrics import write_metrics
from marketgraph.runs.progress import Progress, shown
from marketgraph.runs.raw_datasets import raw_datasets
from marketgraph.runs.record import record_run
from marketgraph.runs.seen import Ended, StageSeen
from marketgraph.runs.transports import Post, transport_of
from marketgraph.runs.watch import Onlooker
from marketgraph.spark_failures import failure_told
from marketgraph.stages import marketplace, sources
from marketgraph.stages.stage import Context

# What can go wrong with telling of a run; none of it is the run's failure.
NOT_TOLD = (MarketgraphError, Py4JError, PySparkException, OSError)
DEFECT = 1


@dataclass
class Outcome:
    """What a run has come to so far. release_id: of the release that it ends with."""

    release_id: str | None = None


@contextmanager
def watched(context: Context, reporter: Reporter, *, command: str) -> Iterator[Outcome]:
    """Tell of the run that is done within. An error goes on its way once it is told of.

    command: `run`, or the job's name.
    """
    begun, outcome = time.monotonic(), Outcome()
    reporter.begin(context.run, command)
    try:
        context.watch.run_begins(command, _onlookers(context))
        with _shown(context, reporter, command):
            yield outcome
    except Exception as error:
        seconds, code = time.monotonic() - begun, exit_code_of(error)
        ended = Ended(command, seconds, code, type(error).__name__, outcome.release_id)
        stage = next((one.name for one in context.watch.stages if one.state == "failed"), None)
        reporter.failed(stage=stage, seconds=seconds, error=type(error).__name__, exit_code=code)
        _tell(context, reporter, ended)
        raise
    ended = Ended(command, time.monotonic() - begun, release_id=outcome.release_id)
    _tell(context, reporter, ended)
    reporter.end(seconds=ended.seconds, release=outcome.release_id)


@contextmanager
def opening(config: Config, reporter: Reporter, *, command: str) -> Iterator[None]:
    """Within this block is what comes before there is a run to tell of: its failure is in the metrics too."""
    begun = time.monotonic()
    try:
        yield
    except Exception as error:
        seconds = time.monotonic() - begun
        ended = Ended(command, seconds, exit_code_of(error), type(error).__name__)
        _write_metrics(config, None, (), ended, reporter)
        raise


def exit_code_of(error: Exception) -> int:
    """What the command will end with."""
    told = error if isinstance(error, MarketgraphError) else failure_told(error)
    return told.exit_code if told is not None else DEFECT


def _tell(context: Context, reporter: Reporter, ended: Ended) -> None:
    """Leave the run's rows and numbers. A run that failed has its own message: what can't be told then is no other."""
    stages, config = context.watch.stages, context.config
    context.watch.run_is_over(ended)
    _write_metrics(config, context.run, stages, ended, reporter)
    try:
        record_run(context.store, context.run, stages, ended)
    except NOT_TOLD as error:
        if ended.error is None:
            reporter.warn(f"the run is not in runs.runs, or not all of it: {_reason(error)}")


def _write_metrics(
    config: Config, run: Run | None, stages: Sequence[StageSeen], ended: Ended, reporter: Reporter
) -> None:
    """Where the config wants them. A file that can't be written is a warning."""
    file = config.metrics.file_of(ended.command)
    if file is None:
        return
    try:
        write_metrics(file, run, stages, ended)
    except OSError as error:
        reporter.warn(f"metrics.file: {file}: {error.strerror}")


def _onlookers(context: Context) -> list[Onlooker]:
    """Who the config wants told. Raises ConfigError where that can't be."""
    told = context.config.lineage
    transport = transport_of(told)
    if transport is None:
        return []
    send, where = transport
    raw = raw_datasets(context.config, made_by=marketplace.STAGE.name, read_by=sources.STAGE.name)
    post = Post(send, where, context.warn)
    return [Lineage(post, namespace=told.namespace, store=context.store, run=context.run, raw=raw)]


def _shown(context: Context, reporter: Reporter, command: str) -> AbstractContextManager[None]:
    """The progress display, where somebody looks."""
    if not reporter.is_watched:
        return nullcontext()
    progress = Progress(context.watch, context.store, command=command, as_of=context.run.as_of)
    return shown(progress.text, reporter.beside)


def _reason(error: Exception) -> str:
    """Of our own errors what they say, of others the class: Spark quotes values."""
    return error.message if isinstance(error, MarketgraphError) else type(error).__name__
