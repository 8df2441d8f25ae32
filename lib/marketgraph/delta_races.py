"""Writers that meet in one Delta table: what Delta says to the one that came second."""

from __future__ import annotations

import re
from collections.abc import Callable

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from marketgraph.errors import StoreError

ATTEMPTS = 5
ONE_AT_A_TIME = "let one run of a date go at a time: see that the other one has ended, then run again"

# Delta's classes of one family, whether Python was taught them or not. All say that nothing of the write has landed.
_LOST = re.compile(
    r"\b(Concurrent(Append|DeleteRead|DeleteDelete|Write|Transaction|Modification)Exception"
    r"|(Protocol|Metadata)ChangedException)\b"
)


def lost_a_race(error: Exception) -> bool:
    """Whether the write failed because another one landed in the same table meanwhile, and may be tried again."""
    if not isinstance(error, Py4JJavaError | PySparkException):
        return False
    return _LOST.search(f"{type(error).__name__}: {str(error)[:1000]}") is not None


def until_it_lands(path: str, write: Callable[[], None], *, lost: Callable[[], None] = lambda: None) -> None:
    """Write to the table at `path`, and again where another writer (of another date, or the first of all) was faster.

    lost: judges a race that was lost, and raises when the write must not be tried again. Raises StoreError when all
    attempts lose.
    """
    for _ in range(ATTEMPTS):
        try:
            return write()
        except (Py4JJavaError, PySparkException) as error:
            if not lost_a_race(error):
                raise
            lost()
    raise StoreError(
        f"{path}: other runs wrote to it {ATTEMPTS} times in a row",
        fix="run again when fewer dates are running at once",
    )
