"""What our functions do for the Python worker that runs them."""

from __future__ import annotations

import sys
import zipimport


def spare_the_archives() -> None:
    """Make this worker's next tasks start in milliseconds; call it where a function on a worker begins.

    Spark has each task drop Python's import caches, and before 3.12 an archive on the path (Spark puts its core jar
    there, of thousands of entries) is then read anew, in Python: 0.3 s a task. What is in an archive does not change
    while a worker lives; an archive that is added later is still found.
    """
    if sys.version_info < (3, 12):
        zipimport.zipimporter.invalidate_caches = _keep  # type: ignore[method-assign,assignment]


def _keep(_: zipimport.zipimporter) -> None:
    return None
