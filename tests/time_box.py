"""Which tests come first, and which are left out where the time for all of them is limited, as in CI.

`MARKETGRAPH_TEST_UNTIL`, in seconds of the epoch, limits it: the machines that CI has differ by half in speed, and what
takes one of them an hour takes another two. All quick tests run, by a process before; of the slow ones the pipeline's
come first, then files in an order that the day decides, so that in a few days each has had its turn. What is left out
is told at the end.
"""

from __future__ import annotations

import os
import time
from hashlib import sha256

import pytest

UNTIL = float(os.environ.get("MARKETGRAPH_TEST_UNTIL") or 0)


def in_the_box(item: pytest.Item) -> tuple[bool, str]:
    """Before which others a test comes. The day is the limit's: all processes must have one order, at midnight too."""
    file = item.nodeid.split("::", maxsplit=1)[0]
    turn = sha256(f"{UNTIL // 86_400} {file}".encode()).hexdigest()
    return not file.endswith("stages/test_pipeline.py"), turn


def time_is_up(item: pytest.Item) -> bool:
    """Whether a slow test is to be left out, since what there was of time is used up."""
    return 0 < UNTIL < time.time() and item.get_closest_marker("slow") is not None
