"""Which tests come first, and which are left out where the time for all of them is limited, as in CI.

`MARKETGRAPH_TEST_SECONDS` limits it: the machines that CI has differ by half in speed, and what takes one of them an
hour takes another two. Quick tests come first then and all run; then the pipeline's; then the other slow ones, files in
an order that the day decides, so that in a few days each has its turn. What is left out is told at the end.
"""

from __future__ import annotations

import os
import time
from datetime import date
from hashlib import sha256

import pytest

SECONDS = float(os.environ.get("MARKETGRAPH_TEST_SECONDS") or 0)
_BEGUN = time.monotonic()


def slow_first(item: pytest.Item) -> bool:
    """Of two processes that share the files out, neither is left with a long one at the end."""
    return not _is_slow(item)


def in_the_box(item: pytest.Item) -> tuple[bool, bool, str]:
    file = _file(item)
    turn = sha256(f"{date.today()} {file}".encode()).hexdigest() if _is_slow(item) else ""
    return _is_slow(item), not file.endswith("stages/test_pipeline.py"), turn


def group_of(item: pytest.Item) -> str:
    """What one process runs together: the quick tests of a file, or the slow ones, which come later."""
    return f"{'slow' if _is_slow(item) else 'quick'}:{_file(item)}"


def time_is_up(item: pytest.Item) -> bool:
    """Whether a slow test is to be left out, since what there was of time is used up."""
    return bool(SECONDS) and _is_slow(item) and time.monotonic() - _BEGUN > SECONDS


def _file(item: pytest.Item) -> str:
    return item.nodeid.split("::", maxsplit=1)[0]


def _is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None
