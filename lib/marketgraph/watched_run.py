"""A run of the pipeline or of one job, told from its begin to its end: log, tables of runs, and how it failed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from marketgraph.errors import MarketgraphError
from marketgraph.reporter import Reporter
from marketgraph.runs.lineage import Lineage
from marketgraph.runs.metrics import write_metrics
from marketgraph.runs.progress import Progress, shown
from marketgraph.runs.record import record_run
from marketgraph.runs.seen import Ended
from marketgraph.runs.transports import Post, transport_of
from marketgraph.runs.watch import Onlooker
from marketgraph.spark_failures import failure_told
from marketgraph.stages import sources
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
    onlookers = _onlookers(context)
    reporter.begin(context.run, command)
    context.watch.run_begins(command, onlookers)
    try:
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


def exit_code_of(error: Exception) -> int:
    """What the command will end with."""
    told = error if isinstance(error, MarketgraphError) else failure_told(error)
    return told.exit_code if told is not None else DEFECT


def _tell(context: Context, reporter: Reporter, ended: Ended) -> None:
    """Leave the run's rows and numbers. A run that failed has its own message: what can't be told then is no other."""
    stages, config = context.watch.stages, context.config
    context.watch.run_is_over(ended)
    if config.metrics.file is not None:
        try:
            write_metrics(Path(config.metrics.file), context.run, stages, ended)
        except OSError as error:
            reporter.warn(f"metrics.file: {config.metrics.file}: {error.strerror}")
    try:
        record_run(context.store, context.run, stages, ended)
    except NOT_TOLD as error:
        if ended.error is None:
            reporter.warn(f"the run is not in runs.runs, or not all of it: {_reason(error)}")


def _onlookers(context: Context) -> list[Onlooker]:
    """Who the config wants told. Raises ConfigError where that can't be."""
    told = context.config.lineage
    transport = transport_of(told)
    if transport is None:
        return []
    send, where = transport
    raw = {sources.STAGE.name: context.config.sources.data}
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
