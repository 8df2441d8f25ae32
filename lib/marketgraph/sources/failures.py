"""A file that breaks while Spark reads it becomes a SourceError that names it, not a Java traceback.

So does an expression that Spark takes and that then fails on a row: a pattern for times or texts that is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from marketgraph.errors import ConfigError, SourceError

# What Spark, Parquet and the unpackers say of a broken or vanished file -> what to tell the user.
_BROKEN = {
    r"is not a Parquet file|Could not read footer|can not read class org\.apache\.parquet|corrupt(ed)? page"
    r"|ParquetDecodingException|Could not read page|CANNOT_READ_FILE_FOOTER|Failed to read footer"
    r"|Reached the end of stream|Cannot (seek|read)": "the Parquet file is cut or damaged",
    r"Unexpected end of (ZLIB )?input|not in gzip format|incorrect (data|header) check"
    r"|invalid (block|stored|bit|code)|CRC|Corrupt|ZipException|BZip2": "the packed file is cut or damaged",
    r"FileNotFoundException|does not exist|PATH_NOT_FOUND": "the file vanished while it was read",
    r"AccessControlException|Permission denied": "the file may not be read by this user",
    r"CANNOT_MERGE_SCHEMAS?|Failed merging schema|UNABLE_TO_INFER_SCHEMA|Parquet column cannot be converted"
    r"|SchemaColumnConvertNotSupported": "its files do not have one schema",
    r"univocity\.parsers\.common\.TextParsingException": "a record has more fields than can be; it may be no CSV, "
    "or of another separator",
}
# What Spark says where it was an expression that failed; no more of its message is shown, since it may hold a value.
_FAILED = re.compile(
    r"\[(INVALID_PARAMETER_VALUE[A-Z_.]*|INCONSISTENT_BEHAVIOR_CROSS_VERSION[A-Z_.]*|[A-Z_]*DATETIME_PATTERN[A-Z_.]*)\]"
    r"|(week-based patterns are unsupported|Illegal pattern \w+|Unknown pattern letter|PatternSyntaxException)"
)
_FILE = re.compile(r"(?:file|hdfs|s3a?|abfss?|gs|wasbs?)://?[^\s,;'\"\])]+")


@contextmanager
def readable(place: str) -> Iterator[None]:
    """Turn the failures of reading `place` within this block into SourceError; others pass as they are.

    Of an expression that fails on a row, into ConfigError.
    """
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        text = str(error)
        told = next((told for pattern, told in _BROKEN.items() if re.search(pattern, text)), None)
        failed = _FAILED.search(text)
        if told is None and failed:
            raise ConfigError(
                f"{place}: an expression of the mapping fails on some row: {failed[1] or failed[2]}",
                fix="mend the patterns in the mapping's expressions for this table",
            ) from None
        if told is None:
            raise
        raise SourceError(
            f"{_broken_file(text) or place}: {told}", fix="copy or export it again, then run again"
        ) from None


def _broken_file(text: str) -> str | None:
    found = _FILE.search(text)
    return found.group().rstrip(".:").rsplit("/", 1)[-1] if found else None
