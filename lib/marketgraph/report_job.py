"""The command `marketgraph report`, and the report at the end of a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pyspark.sql import DataFrame

from marketgraph.config_file import load_config
from marketgraph.jobs import command_session
from marketgraph.local_folder import local_folder
from marketgraph.releases.release import pinned_tables
from marketgraph.report.caps import Caps
from marketgraph.report.make import INDEX, about_of, before_of, make_report
from marketgraph.report.shelf import Shelf, shelf_of
from marketgraph.report.site import check_out, written
from marketgraph.reporter import Reporter
from marketgraph.run_folders import REPORTS
from marketgraph.stages.release import id_of
from marketgraph.stages.stage import Context
from marketgraph.store import Store


@dataclass(frozen=True)
class ReportOrder:
    """What the command line asks for. communities: how many have a page of their own."""

    config: Path
    release: str
    out: Path
    force: bool = False
    communities: int = Caps.pages
    overrides: tuple[str, ...] = ()


def report_release(order: ReportOrder) -> None:
    """Write the report of a published release, and say where its first page is."""
    config = load_config(order.config, overrides=order.overrides)
    check_out(order.out, force=order.force)
    caps = Caps(pages=order.communities, listed=max(Caps.listed, order.communities))
    with command_session(config, app_name=f"marketgraph report {order.release}") as spark:
        store = Store(spark, config.store.root)
        shelf = shelf_of(store, order.release)
        index = make_report(store, shelf, config, order.out, force=order.force, caps=caps)
    Reporter().say(f"report of release {shelf.id}: {index.absolute()}")


def report_of_run(context: Context) -> Path | None:
    """The report of the release that the run has published: <warehouse>/reports/<release>/index.html.

    Not written again where it is there already. None where the warehouse is no local folder: `marketgraph report` then
    writes to one.
    """
    root = local_folder(context.store.root)
    if root is None:
        return None
    shelf = _shelf_of_run(context)
    out = root / REPORTS / shelf.id
    before = before_of(context.store, shelf)
    told = written(out)
    if told is None or any(told.get(k) != v for k, v in about_of(shelf, before, context.config).items()):
        make_report(context.store, shelf, context.config, out, force=True)
    return out / INDEX


def tell_of_report(context: Context, reporter: Reporter) -> None:
    """Write the run's report and name its first page."""
    with reporter.stage(REPORTS), context.watch.stage(REPORTS, context.run.as_of):
        index = report_of_run(context)
    if index is None:
        reporter.say("report: marketgraph report --release … --out DIR writes it to a local folder")
    else:
        reporter.say(f"report: {index}")


def _shelf_of_run(context: Context) -> Shelf:
    """The release just published, read by the files of its slices where this process wrote them."""
    shelf = shelf_of(context.store, id_of(context))
    tables = {table.full_name: table for table in pinned_tables(context.config)}

    def read(name: str) -> DataFrame:
        return context.store.read_slice(tables[name], context.books.slice(tables[name]))

    return replace(shelf, read=read)
