"""The commands `marketgraph quarantine …` as typer has them. What they do is in docs/sources.md."""

from __future__ import annotations

from typing import Annotated

import typer

from marketgraph.cli_options import AsOfOption, ConfigOption, DataOption, JsonOption, SetOption, SourceOption

quarantine_app = typer.Typer(
    help="Source rows that were refused, and what a fix makes of them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@quarantine_app.command("list")
def quarantine_list(
    config: ConfigOption,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Of this date; of all if not given.")] = None,
    release: Annotated[str | None, typer.Option("--release", help="As a published release has it.")] = None,
    as_json: JsonOption = False,
    overrides: SetOption = None,
) -> None:
    """Count the refused rows by table, reason and column."""
    from marketgraph.quarantine_job import show_counts

    show_counts(config, as_of, release, as_json=as_json, overrides=tuple(overrides or ()))


@quarantine_app.command("show")
def quarantine_show(
    config: ConfigOption,
    as_of: AsOfOption = None,
    table: Annotated[
        str | None, typer.Option("--table", help="Rows of this table, for example orders.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Rows refused for this reason.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many rows.")] = 20,
    as_json: JsonOption = False,
    overrides: SetOption = None,
) -> None:
    """Show refused rows of a date: reason, column, value, file and the raw row, personal values hashed."""
    from marketgraph.pipeline import Order
    from marketgraph.quarantine_job import show_rows

    order = Order(config, as_of, None, None, tuple(overrides or ()))
    show_rows(order, table=table, reason=reason, limit=limit, as_json=as_json)


@quarantine_app.command("replay")
def quarantine_replay(
    config: ConfigOption,
    as_of: AsOfOption = None,
    source: SourceOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
    overrides: SetOption = None,
) -> None:
    """After a fix of mapping or files: conform the date's sources anew, and say which rows are refused no longer.

    Writes the slices that the next run takes. Nothing is published.
    """
    from marketgraph.pipeline import Order
    from marketgraph.quarantine_job import replay

    replay(Order(config, as_of, source, data, tuple(overrides or ())), as_json=as_json)
