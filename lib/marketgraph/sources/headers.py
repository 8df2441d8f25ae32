"""The header of a CSV file, read on the driver: which columns it has, and what is wrong with it."""

from __future__ import annotations

import csv
import io

from pyspark.sql import SparkSession

from marketgraph.errors import SourceError
from marketgraph.sources.faults import BROKEN_CHARACTER
from marketgraph.sources.files import HEAD_BYTES, SourceFile, read_head
from marketgraph.sources.mapping import CsvOptions

SEPARATORS = {",": "','", ";": "';'", "\t": "'\\t' (tab)", "|": "'|'"}
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_header(spark: SparkSession, file: SourceFile, options: CsvOptions) -> tuple[str, ...]:
    """The names of a CSV file's columns, trimmed; those of the mapping when the file has no header.

    Raises SourceError when the file or its header is no UTF-8, is empty, or was split by another separator.
    """
    head = read_head(spark, file)
    if head.startswith(_WIDE_MARKS) or b"\0" in head:
        raise SourceError(
            f"{file.relative}: this is UTF-16 or no text at all",
            fix=f"save it as UTF-8: iconv -f UTF-16 -t UTF-8 {file.name}",
        )
    if options.header is not True:
        return options.header
    if len(head) == HEAD_BYTES and not any(end in head for end in (b"\n", b"\r")):
        raise SourceError(
            f"{file.relative}: no line ends in its first {HEAD_BYTES:,} bytes, so that there is no header",
            fix="export it as lines, the first with the column names",
        )
    names = _first_record(head.decode("utf-8-sig", "replace"), options)
    if any(BROKEN_CHARACTER in name for name in names):
        raise SourceError(
            f"{file.relative}: the header is not UTF-8: {options.sep.join(names)[:200]}",
            fix=f"save it as UTF-8, for example: iconv -f LATIN1 -t UTF-8 {file.name}",
        )
    _check_separator(file, names, options)
    return names


def _first_record(text: str, options: CsvOptions) -> tuple[str, ...]:
    rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=options.sep,
        quotechar=options.quote,
        doublequote=options.escape == options.quote,
        escapechar=None if options.escape == options.quote else options.escape,
    )
    first = next((row for row in rows if row), [])
    return tuple(name.strip() for name in first)


def _check_separator(file: SourceFile, names: tuple[str, ...], options: CsvOptions) -> None:
    if not any(names):
        raise SourceError(f"{file.relative}: the file has no header", fix="export it with its column names")
    others = [shown for sep, shown in SEPARATORS.items() if sep != options.sep and sep in names[0]]
    if len(names) == 1 and others:
        raise SourceError(
            f"{file.relative}: the header is one column, {names[0][:120]!r}, when split by {options.sep!r}; "
            f"it looks separated by {others[0]}",
            fix=f"say options: {{sep: {others[0].split(' ')[0]}}} in the mapping",
        )
