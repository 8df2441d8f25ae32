"""A report of a release: read, shown, written."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from marketgraph.config import Config
from marketgraph.report.caps import Caps
from marketgraph.report.pages import pages
from marketgraph.report.reading import read_facts
from marketgraph.report.shelf import Shelf, shelf_before
from marketgraph.report.site import check_out, write_site
from marketgraph.run import code_version
from marketgraph.run_folders import data_docs_folder
from marketgraph.store import Store

INDEX = "index.html"


def make_report(
    store: Store, shelf: Shelf, config: Config, out: Path, *, force: bool = False, caps: Caps | None = None
) -> Path:
    """Write the report of the release to `out`, whole or not at all. Gives the path of its first page.

    Raises ConfigError when `out` holds something else, or a report and `force` is not said.
    """
    caps = caps or Caps()
    check_out(out, force=force)
    before = before_of(store, shelf)
    facts = read_facts(store.spark, shelf, before, config, caps=caps)
    facts = replace(facts, data_docs=data_docs_link(store, shelf, out))
    about = about_of(shelf, before, config)
    write_site(out, pages(facts, config.edges.rules, caps=caps), about=about)
    return out / INDEX


def data_docs_link(store: Store, shelf: Shelf, out: Path) -> str:
    """Where the gate's Data Docs are, from `out`; empty where there are none, or the report is to lie elsewhere.

    A folder outside of the warehouse may be handed on, and the link would lead nowhere.
    """
    folder = data_docs_folder(store.root, shelf.as_of, shelf.gate)
    if folder is None or not (folder / INDEX).is_file():
        return ""
    warehouse, there = folder.parent.parent.resolve(), out.resolve()
    if not there.is_relative_to(warehouse):
        return ""
    return Path(os.path.relpath(folder.resolve() / INDEX, there)).as_posix()


def about_of(shelf: Shelf, before: Shelf | None, config: Config) -> dict[str, str]:
    """What decides the bytes of a report with the usual caps."""
    compared = before.id if before else ""
    return {"release": shelf.id, "compared_with": compared, "config": config.hash, "code": code_version()}


def before_of(store: Store, shelf: Shelf) -> Shelf | None:
    """The release that this one is compared with; None for the first."""
    rows = shelf.collect("communities.churn", "communities")
    return shelf_before(store, shelf, rows[0]["previous_as_of"] if rows else None)
