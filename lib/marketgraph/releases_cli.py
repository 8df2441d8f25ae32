"""The commands `marketgraph releases …` as typer has them. What they do is in docs/releases.md."""

from __future__ import annotations

from typing import Annotated

import typer

from marketgraph.cli_options import ConfigOption, JsonOption, ReleaseArgument, SetOption

releases_app = typer.Typer(help="Published releases.", no_args_is_help=True, rich_markup_mode=None)

ReasonOption = Annotated[str | None, typer.Option("--reason", help="Why: kept beside the mark.")]


@releases_app.command("list")
def releases_list(config: ConfigOption, overrides: SetOption = None) -> None:
    """List the published releases of the config's warehouse, newest first."""
    from marketgraph.releases_job import show_releases

    show_releases(config, tuple(overrides or ()))


@releases_app.command("show")
def releases_show(
    release: ReleaseArgument, config: ConfigOption, as_json: JsonOption = False, overrides: SetOption = None
) -> None:
    """Show one release: how it stands, what made it, and the exact version of each of its tables."""
    from marketgraph.releases_job import show_release

    show_release(config, release, as_json=as_json, overrides=tuple(overrides or ()))


@releases_app.command("pin")
def releases_pin(
    release: ReleaseArgument, config: ConfigOption, reason: ReasonOption = None, overrides: SetOption = None
) -> None:
    """Keep a release: maintenance removes nothing of it until it is unpinned."""
    from marketgraph.releases_job import pin

    pin(config, release, reason=reason, overrides=tuple(overrides or ()))


@releases_app.command("unpin")
def releases_unpin(release: ReleaseArgument, config: ConfigOption, overrides: SetOption = None) -> None:
    """End the pin of a release."""
    from marketgraph.releases_job import unpin

    unpin(config, release, overrides=tuple(overrides or ()))


@releases_app.command("diff")
def releases_diff(
    before: ReleaseArgument,
    after: ReleaseArgument,
    config: ConfigOption,
    as_json: JsonOption = False,
    overrides: SetOption = None,
) -> None:
    """Say what differs between two releases: columns, rows, keys added, removed and changed, communities."""
    from marketgraph.releases_job import show_diff

    show_diff(config, before, after, as_json=as_json, overrides=tuple(overrides or ()))


@releases_app.command("rollback")
def releases_rollback(
    config: ConfigOption,
    as_of: Annotated[
        str,
        typer.Option(
            "--as-of",
            metavar="DATE|RELEASE",
            help="A date: its readers get the release published before the one that they get now. A release's id: the "
            "readers of its date get that one.",
        ),
    ],
    reason: ReasonOption = None,
    overrides: SetOption = None,
) -> None:
    """Give the readers of a date another of its releases. Deletes nothing; the id of the one left undoes it."""
    from marketgraph.releases_job import rollback

    rollback(config, as_of, reason=reason, overrides=tuple(overrides or ()))


@releases_app.command("clone")
def releases_clone(
    release: ReleaseArgument,
    config: ConfigOption,
    to: Annotated[
        str, typer.Option("--to", metavar="FOLDER", help="An empty or new folder: the sandbox's warehouse.")
    ],
    overrides: SetOption = None,
) -> None:
    """Make a sandbox of a release: its tables as shallow clones in a warehouse of their own, to read and to write."""
    from marketgraph.releases_job import clone

    clone(config, release, to, overrides=tuple(overrides or ()))
