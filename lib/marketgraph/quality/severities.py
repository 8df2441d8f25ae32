"""Words that all of the gate's rules share: how bad it is, and what is unknown."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal

Severity = Literal["info", "warning", "critical"]


def refuse_unknown(what: str, name: str, known: Iterable[str]) -> None:
    """Raise ValueError when `name` is not among `known`, with the nearest that is."""
    names = sorted(known)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        raise ValueError(f"unknown {what} {name}" + (f"; did you mean {near[0]}?" if near else ""))
