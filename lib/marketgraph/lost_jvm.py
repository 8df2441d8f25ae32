"""Spark's own process (the JVM) that ended under way: how Python learns of it, and what the user is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError, Py4JNetworkError

from marketgraph.errors import SparkError

_FIX = (
    "it was most likely out of memory (its last lines, above, say so): give it more by spark.driver_memory, or "
    "--driver-memory of the command communities"
)
_PY4J_SAYS = "Exception while sending command."


def jvm_is_lost(error: BaseException) -> bool:
    """Whether the error says that nobody answers any more.

    Py4J raises one of the network where it can't connect, and where a connection was closed. Of one that was reset
    in the middle of a call it raises a plain Py4JError, which, unlike that of a call that failed, has no trace.
    """
    if isinstance(error, Py4JNetworkError | ConnectionError):
        return True
    said = str(error)
    return (
        type(error) is Py4JError
        and said.startswith("An error occurred while calling")
        and "Trace:" not in said
    )


def lost_jvm_told(error: BaseException) -> SparkError:
    """What the user is told of it. What fails once the JVM is gone has nothing to say of why it went."""
    return SparkError(f"Spark's process ended in the middle of the work ({type(error).__name__})", fix=_FIX)


@contextmanager
def py4j_says_it_once() -> Iterator[None]:
    """Within this block Py4J's traceback of a lost connection, which it writes to the root logger, is left out."""
    root = logging.getLogger()
    root.addFilter(_is_news)
    try:
        yield
    finally:
        root.removeFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return record.msg != _PY4J_SAYS
