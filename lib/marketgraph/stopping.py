"""A stop by SIGTERM, as a scheduler, a cluster or `kill` asks for it: Spark is closed, then the process ends.

The work of Spark's jobs is given up in the middle. That is safe at any moment: a slice stands once its commit is in the
books, and the same command, given again, goes on from the slices that stand.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import Any

from pyspark import SparkContext

STOPPED = 128 + signal.SIGTERM  # 143, what a shell says of a process that SIGTERM has ended
# A scheduler sends SIGKILL half a minute after SIGTERM; what is not closed by then is left to that.
SECONDS_TO_CLOSE = 10.0
SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def stops_on_sigterm() -> Iterator[None]:
    """Within this block SIGTERM ends the process in good order, with the exit code 143. Main thread only."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Close Spark, remove what is temporary, say one line, and end here.

    Nothing is raised: the main thread is most likely in the middle of a call to Spark, whose answer will never be read,
    and all that unwinding would ask of Spark would get that answer in place of its own.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logging.disable()  # of a JVM that the same signal has ended, py4j writes a page to the root logger
    closing = Thread(
        target=_close_spark, name="closes Spark", daemon=True
    )  # a thread has its own way to the JVM
    closing.start()
    closing.join(SECONDS_TO_CLOSE)
    with suppress(Exception):
        atexit._run_exitfuncs()
    with suppress(OSError, ValueError):
        sys.stdout.write(SHOW_CURSOR if sys.stdout.isatty() else "")  # a stage's spinner has hidden it
        sys.stdout.flush()
        sys.stderr.write(
            "stopped by SIGTERM: nothing is half published; run again to go on from what stands\n"
        )
        sys.stderr.flush()
    os._exit(STOPPED)


def _close_spark() -> None:
    context = SparkContext._active_spark_context
    gateway: Any = SparkContext._gateway
    with suppress(Exception):
        if context is not None and context._jsc is not None:
            # each job that is given up would be a page of Java, and the counters' server one of Python
            context._jsc.setLogLevel("OFF")
            counters: Any = context._accumulatorServer
            counters.handle_error = lambda *_: None
            context._jsc.stop()
    with suppress(Exception):
        gateway.proc.stdin.close()  # what the JVM that we started ends by
        gateway.proc.wait(SECONDS_TO_CLOSE)
