"""Work that waits on Spark or on files, done a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

# Small tables are bound by planning and by the latency of a commit, not by cores.
AT_ONCE = 5

T = TypeVar("T")


def side_by_side(works: Iterable[Callable[[], T]], at_once: int = AT_ONCE) -> list[T]:
    """What comes of each of `works`, in their order. The first error is raised once all have ended."""
    with ThreadPoolExecutor(at_once) as pool:
        begun = [pool.submit(work) for work in works]
    return [work.result() for work in begun]
