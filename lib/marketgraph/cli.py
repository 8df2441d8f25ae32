"""The command line. A user's mistake ends in one message and its exit code, never in a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from rich.console import Console
from rich.markup import escape

from marketgraph import __version__, log
from marketgraph.cli_options import AsOfOption, ConfigOption, DataOption, SetOption, SourceOption
from marketgraph.errors import MarketgraphError
from marketgraph.file_modes import keep_from_others
from marketgraph.graph_cli import communities
from marketgraph.lost_jvm import py4j_says_it_once
from marketgraph.printable import printable
from marketgraph.quarantine_cli import quarantine_app
from marketgraph.releases_cli import releases_app
from marketgraph.runs_cli import runs_app
from marketgraph.spark_failures import failure_told
from marketgraph.stopping import stops_on_sigterm

app = typer.Typer(
    help="Governance graphs of a marketplace on Spark, as versioned Delta datasets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(communities)
app.add_typer(releases_app, name="releases")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(runs_app, name="runs")

# Those of marketgraph.exports.export, whose imports the command line does not wait for.
FormatName = Literal["pyg", "dgl", "graphstorm", "sequences", "parquet"]
FullOption = Annotated[
    bool,
    typer.Option(
        "--full",
        help="Build edges anew, not from a day before, and look anew for the slice that communities are named after.",
    ),
]
LogFormatOption = Annotated[
    Literal["human", "json"] | None,
    typer.Option("--log-format", help="json: one object per line; if not given, logs.format of the config."),
]
UiOption = Annotated[
    bool, typer.Option("--ui", help="Give out Spark's own pages while it runs, and say where they are.")
]


@app.command()
def run(
    config: ConfigOption,
    as_of: AsOfOption = None,
    source: SourceOption = None,
    data: DataOption = None,
    overrides: SetOption = None,
    full: FullOption = False,
    log_format: LogFormatOption = None,
    ui: UiOption = False,
) -> None:
    """Build the graph as of a date, from sources to a published release."""
    from marketgraph.jobs import run_pipeline
    from marketgraph.pipeline import Order

    told = [*(overrides or ()), *(["spark.ui=true"] if ui else [])]
    if log_format is not None:
        log.set_up(log_format)  # a mistake in the config is told in it too
        told.append(f"logs.format={log_format}")
    run_pipeline(Order(config, as_of, source, data, tuple(told), full))


@app.command()
def estimate(
    config: ConfigOption,
    as_of: AsOfOption = None,
    hours: Annotated[float, typer.Option(min=0.1, help="that a run may take on a cluster.")] = 2,
    overrides: SetOption = None,
) -> None:
    """Count groups, holders and pairs of each relation as of a date, and say what a run needs of a cluster.

    Sources and entities of the date must have been built. No pair is made, and nothing is written.
    """
    from marketgraph.estimate_job import show_estimates
    from marketgraph.pipeline import Order

    show_estimates(Order(config, as_of, None, None, tuple(overrides or ())), hours=hours)


@app.command()
def explain(
    target: Annotated[str, typer.Argument(metavar="KIND:ID", help="merchant:M123, buyer:B7, community:12 …")],
    release: Annotated[
        str, typer.Option("--release", help="A release's id, or its date for the newest one.")
    ],
    config: ConfigOption,
    domain: Annotated[
        str | None, typer.Option(help="Of the risk config's; by default the evidence's first.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of a page.")] = False,
    overrides: SetOption = None,
) -> None:
    """Say why an entity or a community has its score: edges, shared identifiers, paths, reason codes."""
    from marketgraph.explain_job import show_explanation

    show_explanation(
        target, release, config, domain=domain, as_json=as_json, overrides=tuple(overrides or ())
    )


@app.command()
def export(
    config: ConfigOption,
    release: Annotated[
        str, typer.Option(help="Id or date of a published release: marketgraph releases list.")
    ],
    format: Annotated[FormatName, typer.Option(help="Who is to read it; docs/exports.md tells of each.")],
    out: Annotated[str, typer.Option(metavar="DIR", help="A local folder, or one that all machines mount.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the export that is in DIR.")] = False,
    steps: Annotated[
        int | None, typer.Option(help="sequences: steps of each; if not given, those of the longest.")
    ] = None,
    overrides: SetOption = None,
) -> None:
    """Write a published release to files that trainers read: whole or not at all."""
    from marketgraph.export_job import ExportOrder, export_release

    export_release(ExportOrder(config, release, format, out, force, steps, tuple(overrides or ())))


@app.command()
def report(
    config: ConfigOption,
    release: Annotated[
        str, typer.Option(help="Id or date of a published release: marketgraph releases list.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A local folder for the pages.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the report that is in DIR.")] = False,
    communities: Annotated[
        int, typer.Option("--communities", min=0, max=1000, help="How many get a page of their own.")
    ] = 50,
    overrides: SetOption = None,
) -> None:
    """Write a published release as pages for people: plain HTML, to be opened from the folder."""
    from marketgraph.report_job import ReportOrder, report_release

    report_release(ReportOrder(config, release, out, force, communities, tuple(overrides or ())))


@app.command()
def maintain(
    config: ConfigOption,
    keep: Annotated[int, typer.Option("--keep", min=0, help="How many of the newest releases stay.")] = 30,
    older_than: Annotated[
        float, typer.Option(min=0, metavar="DAYS", help="Remove nothing that was in use within this time.")
    ] = 7.0,
    at_rest: Annotated[
        bool, typer.Option("--at-rest", help="No run and no reader is at work: allow less than a day.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing: say what would be freed.")
    ] = False,
    overrides: SetOption = None,
) -> None:
    """Compact, and remove what no pinned or recent release needs, nor the one that readers of any date get."""
    from marketgraph.maintain_job import MaintainOrder
    from marketgraph.maintain_job import maintain as tend

    tend(MaintainOrder(config, keep, older_than, at_rest, dry_run, tuple(overrides or ())))


@app.command()
def erase(
    config: ConfigOption,
    entity: Annotated[
        list[str],
        typer.Option("--entity", metavar="KIND:ID", help="buyer:B7, merchant:M123 …; may be repeated."),
    ],
    purge: Annotated[
        bool,
        typer.Option("--purge", help="Remove files and old releases that name it, at once and for good."),
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why: kept, so without names.")] = None,
    at_rest: Annotated[
        bool,
        typer.Option("--at-rest", help="No run is at work: purge also what killed runs have left just now."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing: say what would be erased.")
    ] = False,
    overrides: SetOption = None,
) -> None:
    """Take an entity out of every table and release; no later run lets it in again."""
    from marketgraph.erase_job import EraseOrder, erase_entities

    erase_entities(EraseOrder(config, tuple(entity), purge, reason, at_rest, dry_run, tuple(overrides or ())))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> NoReturn:
    """The console script."""
    exit_with(app)


def _tell(error: MarketgraphError) -> NoReturn:
    if not log.speaks_json():
        console = Console(stderr=True, soft_wrap=True)
        console.print(f"[bold red]error:[/] {escape(printable(str(error)))}")
    log.bound().error("error", message=error.message, fix=error.fix or None, exit_code=error.exit_code)
    sys.exit(error.exit_code)


def exit_with(command: Callable[[], object]) -> NoReturn:
    """Run `command` and end the process with the documented exit code, also when it is told to stop by SIGTERM."""
    keep_from_others()
    with stops_on_sigterm(), py4j_says_it_once():
        try:
            command()
        except MarketgraphError as error:
            _tell(error)
        except (Py4JError, PySparkException, OSError) as error:
            told = failure_told(error)
            if told is None:
                raise
            _tell(told)
    sys.exit(0)
