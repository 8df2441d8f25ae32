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
