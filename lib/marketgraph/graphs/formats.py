"""How a graph's files are written down, and what is said of a file that can't be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, PySparkException

from marketgraph.errors import ConfigError, SourceError

FormatName = Literal["csv", "parquet", "delta"]
COMMENT = "#"
# A job that fails by one of these fails by its input; anything else is no fault of the file's.
_OF_THE_FILE = re.compile(
    r"org\.apache\.parquet\.|is not a Parquet file|FAILED_READ_FILE|CANNOT_READ_FILE|FAILED_TO_READ"
    r"|FileNotFoundException|EOFException|ZipException|ChecksumException|AccessControlException"
    r"|AccessDeniedException|TextParsingException|SchemaColumnConvertNotSupported|not in gzip format"
    r"|Parquet column cannot be converted|CSV header|Unexpected end of|incorrect (data|header) check"
)
_CAUSE = re.compile(r"^Caused by: (?:[\w.$]+: )?(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class FileFormat:
    r"""A file format; `sep` and `header` are for csv. The two characters `\t` stand for a tab.

    In csv a line that begins with # is a comment; a value that begins so is written, and read, in quotes.
    Raises ConfigError for a format or separator that there is none of.
    """

    name: FormatName
    sep: str = ","
    header: bool = False

    def __post_init__(self) -> None:
        if self.name not in get_args(FormatName):
            raise ConfigError(
                f"format {self.name!r} is not known", fix=f"take one of {', '.join(get_args(FormatName))}"
            )
        if self.sep == "\\t":
            object.__setattr__(self, "sep", "\t")
        if len(self.sep) != 1 or self.sep in f'{COMMENT}"\r\n':
            raise ConfigError(
                f"--sep {self.sep!r} can't separate columns",
                fix="give one character, such as ',', ' ' or '\\t'",
            )

    def csv_options(self) -> dict[str, str | bool]:
        """The options that Spark's CSV reader and writer share: what one writes, the other reads."""
        return {"sep": self.sep, "header": self.header, "quote": '"', "escape": '"', "comment": COMMENT}


@contextmanager
def readable(path: str) -> Iterator[None]:
    """Turn Spark's failures to read `path` within this block into SourceError; others pass as they are."""
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        text = str(error)
        if not isinstance(error, AnalysisException) and not _OF_THE_FILE.search(text):
            raise
        raise SourceError(
            f"{path}: can't be read: {_cause(text)}", fix="check the path and --format, or export it again"
        ) from None


def _cause(text: str) -> str:
    """The first line of the innermost cause."""
    causes = _CAUSE.findall(text)
    line = (
        causes[-1]
        if causes
        else next((line for line in text.splitlines() if line.strip()), "no reason given")
    )
    return str(line).strip()[:300]
