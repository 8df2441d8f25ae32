"""Options that several commands have in common, as typer has them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[Path, typer.Option("--config", help="The run's config, for example conf/local.yml.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a value of the config: path=value. May be repeated."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
ReleaseArgument = Annotated[
    str, typer.Argument(metavar="RELEASE", help="A release's id, or a date for the one that its readers get.")
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="See only what was known before this date, YYYY-MM-DD.")
]
SourceOption = Annotated[
    str | None, typer.Option("--source", help="Mapping of your tables, conf/sources/*.yml.")
]
DataOption = Annotated[str | None, typer.Option("--data", help="Folder that the mapping's files lie in.")]
