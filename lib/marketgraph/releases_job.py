"""What the commands `marketgraph releases …` do: open the warehouse, ask or mark, say what was found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marketgraph.config_file import absolute, load_config
from marketgraph.jobs import command_session
from marketgraph.releases.clone import clone_release
from marketgraph.releases.diff import diff_releases
from marketgraph.releases.load import find_release, listed_releases, opened
from marketgraph.releases.marks import pin_release, roll_back, unpin_release
from marketgraph.releases.release import pinned_tables
from marketgraph.releases_diff_page import as_json_of_diff, print_diff
from marketgraph.releases_page import as_json_of, print_release, print_releases
from marketgraph.reporter import Reporter
from marketgraph.store import Store


def show_releases(config: Path, overrides: tuple[str, ...]) -> None:
    """One line per release, newest first."""
    with opened_store(config, overrides) as store:
        print_releases(listed_releases(store))


def show_release(config: Path, release: str, *, as_json: bool, overrides: tuple[str, ...]) -> None:
    """One release and what it pins. Raises StoreError when there is none of that name."""
    with opened_store(config, overrides) as store:
        found = find_release(store, release, listed_releases(store))
    if as_json:
        print(json.dumps(as_json_of(found), default=str, indent=2))  # noqa: T201
    else:
        print_release(found)


def show_diff(config: Path, before: str, after: str, *, as_json: bool, overrides: tuple[str, ...]) -> None:
    """What differs between two releases. Keys are those of the config's tables. Raises StoreError as `show_release`."""
    contracts = {t.full_name: t for t in pinned_tables(load_config(config, overrides=overrides))}
    with opened_store(config, overrides, brief=False) as store:
        listed = listed_releases(store)
        old, new = (opened(store, find_release(store, name, listed)) for name in (before, after))
        found = diff_releases(old, new, contracts)
    if as_json:
        print(json.dumps(as_json_of_diff(found), indent=2))  # noqa: T201
    else:
        print_diff(found)


def pin(config: Path, release: str, *, reason: str | None, overrides: tuple[str, ...]) -> None:
    """Pin a release, and say so."""
    with opened_store(config, overrides, writes=True) as store:
        made = pin_release(store, release, reason)
    Reporter().say(f"pinned {made.id}" if made else f"{release} is pinned already, nothing to do")


def unpin(config: Path, release: str, *, overrides: tuple[str, ...]) -> None:
    """Unpin a release, and say so."""
    with opened_store(config, overrides, writes=True) as store:
        made = unpin_release(store, release)
    Reporter().say(f"unpinned {made.id}" if made else f"{release} is not pinned, nothing to do")


def rollback(config: Path, name: str, *, reason: str | None, overrides: tuple[str, ...]) -> None:
    """Give readers of a date another of its releases, and say how to give them back the one that they had."""
    with opened_store(config, overrides, writes=True) as store:
        before = listed_releases(store)
        made = roll_back(store, name, reason)
    if made is None:
        Reporter().say(f"{name} is what readers of its date get already, nothing to do")
        return
    left = next(one.id for one in before if one.current and one.as_of == made.as_of)
    Reporter().say(f"readers of {made.as_of} now get {made.id}; to undo it: releases rollback --as-of {left}")


def clone(config: Path, release: str, to: str, *, overrides: tuple[str, ...]) -> None:
    """Make a sandbox of a release, and say how to read it."""
    folder = absolute(to, Path.cwd())
    with opened_store(config, overrides, folder, writes=True) as store:
        made = clone_release(store, release, folder)
    reporter = Reporter()
    reporter.say(
        f"{len(made.row['pins'])} tables of release {made.id} cloned: load_release(spark, {made.id!r}, root={folder!r})"
    )
    reporter.say(f"the release is pinned, for the clones read its files: unpin it once {folder} is removed")


@contextmanager
def opened_store(
    config: Path, overrides: tuple[str, ...], *more: str, writes: bool = False, brief: bool = True
) -> Iterator[Store]:
    """The config's warehouse, for the length of one command; see `command_session`."""
    told = load_config(config, overrides=overrides)
    with command_session(told, *more, app_name="marketgraph releases", writes=writes, brief=brief) as spark:
        yield Store(spark, told.store.root)
