"""The commands `marketgraph runs …` as typer has them. What they show is in docs/watching.md."""

from __future__ import annotations

from typing import Annotated

import typer

from marketgraph.cli_options import ConfigOption, JsonOption, SetOption

runs_app = typer.Typer(
    help="Runs: how they ended, and what each of their stages took.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@runs_app.command("list")
def runs_list(
    config: ConfigOption,
    last: Annotated[int, typer.Option("--last", min=1, help="How many, of the newest.")] = 30,
    as_json: JsonOption = False,
    overrides: SetOption = None,
) -> None:
    """List the runs of the config's warehouse, newest first: when, how long, how they ended."""
    from marketgraph.runs_job import show_runs

    show_runs(config, last=last, as_json=as_json, overrides=tuple(overrides or ()))


@runs_app.command("show")
def runs_show(
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="A run's id, how it begins, or a date for the newest run of it."),
    ],
    config: ConfigOption,
    as_json: JsonOption = False,
    overrides: SetOption = None,
) -> None:
    """Show one run, stage by stage: seconds, rows, bytes shuffled and spilled, memory."""
    from marketgraph.runs_job import show_run

    show_run(config, run, as_json=as_json, overrides=tuple(overrides or ()))
