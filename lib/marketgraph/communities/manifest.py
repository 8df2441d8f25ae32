"""The manifest of a checkpoint: what its labels must be, how the run came there, and all that decided it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from marketgraph.communities.propagation import History
from marketgraph.communities.report import Step
from marketgraph.errors import MarketgraphError


class BrokenError(MarketgraphError):
    """A checkpoint that can't be trusted; the message says why."""


def manifest_of(past: History, *, key: str, decides: dict[str, Any], rows: int) -> str:
    """The manifest after the last step of `past`, as JSON. rows: of its labels. Hashes are hexadecimal."""
    modularity = past.best_modularity
    told = {
        "key": key,
        "decides": decides,
        "iteration": len(past.steps),
        "rows": rows,
        "digest": f"{past.digests[-1]:016x}",
        "digests": [f"{digest:016x}" for digest in past.digests],
        "steps": [asdict(step) for step in past.steps],
        "best": past.best,
        "best_modularity": None if modularity is None else str(modularity),
    }
    return json.dumps(told, indent=1)


def history_of(text: str, *, key: str, iteration: int, rows: int) -> History:
    """The history of a manifest, without its states. Raises BrokenError when it is not what `manifest_of` writes."""
    try:
        told = json.loads(text)
        digests = [int(digest, 16) for digest in told["digests"]]
        steps = [Step(**step) for step in told["steps"]]
        modularity = told["best_modularity"]
        past = History({}, digests, steps, told["best"], None if modularity is None else int(modularity))
        agrees = told["iteration"] == len(steps) == len(digests) - 1 == iteration
        agrees = agrees and told["digest"] == f"{digests[-1]:016x}" and 0 <= past.best <= iteration
        agrees = agrees and (told["key"], told["rows"]) == (key, rows)
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenError(f"its manifest is not as it was written: {error!r}") from error
    if not agrees:
        raise BrokenError("its manifest contradicts itself, or is of another run")
    return past


def decided(text: str) -> dict[str, Any] | None:
    """All that decided the run of a manifest; None when it can't be told."""
    try:
        told = json.loads(text)
    except ValueError:
        return None
    found = told.get("decides") if isinstance(told, dict) else None
    return found if isinstance(found, dict) else None


def differences(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """What two runs were given differently, in words."""
    names = sorted(name for name in {*theirs, *ours} if theirs.get(name) != ours.get(name))
    return [f"{name} was {theirs.get(name)}, and is now {ours.get(name)}" for name in names]
