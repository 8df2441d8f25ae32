"""The log of a run for machines: one JSON object per line, to standard output, to a file, or to nobody.

Launchers set it up, once per process. The reporter writes to it, and who tells of the error that ends a command.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TextIO

from marketgraph.errors import ConfigError

if TYPE_CHECKING:
    from structlog import BoundLogger
    from structlog.typing import EventDict, Processor

FIRST = ("time", "level", "event")


class Lines:
    """Each line goes to all of these streams. A disk that is full ends no run for its log."""

    def __init__(self, streams: Sequence[TextIO] = ()) -> None:
        self.streams = streams

    def write(self, line: str) -> None:
        """Add a line, and give it out at once."""
        for stream in self.streams:
            with suppress(OSError):
                stream.write(f"{line}\n")
                stream.flush()

    debug = info = warning = error = critical = write


class _Log:
    """Where the process's lines go to; one for the process."""

    lines = Lines()
    is_json = False
    fields: ClassVar[dict[str, object]] = {}


def set_up(form: str, file: str | None = None) -> None:
    """From now on write so: form `json` to standard output, and JSON to the file in any case.

    Raises ConfigError for a file that can't be written to.
    """
    streams: list[TextIO] = [sys.stdout] if form == "json" else []
    if file is not None:
        streams.append(_opened(Path(file)))
    _Log.lines, _Log.is_json, _Log.fields = Lines(streams), form == "json", {}


def name_run(**fields: object) -> None:
    """From now on all lines have these fields too, whoever writes them."""
    _Log.fields = fields


def speaks_json() -> bool:
    """Whether standard output is the log's alone."""
    return _Log.is_json


def bound(**fields: Any) -> BoundLogger:
    """A log whose lines all have these fields."""
    import structlog  # a fifth of a second, which `marketgraph --help` need not wait for

    processors: list[Processor] = [
        _refuse_unheard,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _in_order,
        structlog.processors.JSONRenderer(default=str),
    ]
    logger: BoundLogger = structlog.wrap_logger(
        _Log.lines, processors=processors, wrapper_class=structlog.BoundLogger, cache_logger_on_first_use=True
    )
    return logger.bind(**_Log.fields, **fields)


def _opened(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"logs.file: {path}: {error.strerror}", fix="name a file that can be written to, or none"
        ) from error


def _refuse_unheard(logger: Lines, _method: str, fields: EventDict) -> EventDict:
    if not logger.streams:
        from structlog import DropEvent

        raise DropEvent
    return fields


def _in_order(_logger: Lines, _method: str, fields: EventDict) -> EventDict:
    """What each line has comes first; what is not known is left out."""
    first = {name: fields[name] for name in FIRST}
    return first | {k: v for k, v in fields.items() if k not in first and v is not None}
