"""What a run is: its id, its date, the config and code in force, the moment it began."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timezone
from functools import cache
from importlib.resources import files
from typing import Any

from marketgraph import __version__
from marketgraph.config import Config


@dataclass(frozen=True)
class Run:
    """One run for one date. Everything in it but `run_id` and `started_at` is the same on a rerun."""

    run_id: str
    as_of: date
    config_hash: str
    code_version: str
    started_at: datetime

    @classmethod
    def start(cls, config: Config, as_of: date) -> Run:
        """A run that begins now."""
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        run_id = f"{as_of}.{now:%Y%m%dT%H%M%S}.{secrets.token_hex(2)}"
        return cls(run_id, as_of, config.hash, code_version(), now)


@cache
def code_version() -> str:
    """The package's version and a hash of its sources: the same from a checkout, a wheel or a zip."""
    total = hashlib.sha256()
    for name, content in sorted(_sources(files("marketgraph"), "")):
        total.update(name.encode() + b"\0" + content + b"\0")
    return f"{__version__}+{total.hexdigest()[:12]}"


def _sources(folder: Any, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield prefix + entry.name, entry.read_bytes()
