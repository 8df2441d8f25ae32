"""Folders that runs leave below the root of a local warehouse, beside its tables; in other stores there are none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from marketgraph.local_folder import local_folder
from marketgraph.tables.operations import FAILED

DATA_DOCS = "data_docs"
EXPORTS = "exports"
REPORTS = "reports"


def data_docs_name(as_of: date, fingerprint: str) -> str:
    """<date>-<8 digits>. fingerprint: of the gate, whether it passed or not."""
    return f"{as_of}-{fingerprint.removeprefix(FAILED)[:8]}"


def data_docs_folder(root: str, as_of: date, fingerprint: str) -> Path | None:
    """Where the Data Docs of a run lie; None where the warehouse is not local."""
    place = local_folder(root)
    return None if place is None else place / DATA_DOCS / data_docs_name(as_of, fingerprint)
