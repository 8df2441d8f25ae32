"""Raw rows as they stand in a source: text columns trimmed, nothing guessed, each row with its file's name.

CSV columns are strings by the file's own header; JSON values are strings by the columns that the mapping
names; Parquet, Delta and Hive bring their schema. A record that can't be read keeps its text in CORRUPT.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructField, StructType

from marketgraph.errors import ConfigError, MarketgraphError, SourceError
from marketgraph.sources.expressions import quoted
from marketgraph.sources.failures import readable
from marketgraph.sources.faults import CORRUPT, FILE, RAW
from marketgraph.sources.files import SourceFile, exists, find_files, literal
from marketgraph.sources.headers import read_header
from marketgraph.sources.hive import hive_table
from marketgraph.sources.mapping import CsvOptions, Origin, near

WHITE = " \t\r\n\u000b\f\u00a0\u3000\ufeff"  # what is trimmed: also the no-break spaces and a byte-order mark
OBJECTS = "__objects"  # of a line of JSON, while it is read
MOST_FIELDS = (
    100_000  # of a CSV record; Spark's own limit is 20,480, and one record beyond it ends the whole job
)
Wanted = dict[str, tuple[str, bool]]  # raw column -> the place that needs it, and whether in an expression


@dataclass(frozen=True)
class RawTable:
    """frame: the wanted columns under their raw names, FILE, and CORRUPT (null for a readable record)."""

    frame: DataFrame
    columns: tuple[str, ...]


def read_raw(spark: SparkSession, data: str, origin: Origin, wanted: Wanted) -> RawTable | None:
    """The raw rows of an origin; None when it is not there.

    Raises SourceError for a file that is empty or lacks a wanted column, ConfigError when that column is
    named in an expression only. Reads headers and schemas, no rows.
    """
    _check_distinct(origin, wanted)
    if origin.format == "hive":
        return _read_hive(spark, origin, wanted)
    files = find_files(spark, data, origin)
    if not files:
        return None
    filled = [file for file in files if file.size > 0]
    if not filled:
        raise SourceError(f"{origin.from_}: the file is empty (0 bytes)", fix="export it again")
    readers: dict[str, Callable[[], DataFrame]] = {
        "csv": lambda: _read_csv(spark, filled, origin.options, wanted),
        "json": lambda: _read_json(spark, filled, wanted),
        "parquet": lambda: _read_parquet(spark, data, origin, filled, wanted),
        "delta": lambda: _read_delta(spark, data, origin, wanted),
    }
    with readable(origin.from_):
        return RawTable(readers[origin.format](), tuple(wanted))


def as_text(column: Column, kind: DataType) -> Column:
    """A value as trimmed text; null where nothing is left. Structs, arrays and maps become JSON."""
    if isinstance(kind, StructType | ArrayType | MapType):
        return F.to_json(column)
    if isinstance(kind, StringType):
        return F.nullif(_trimmed(column), F.lit(""))
    return column.cast("string")


def _read_csv(spark: SparkSession, files: list[SourceFile], options: CsvOptions, wanted: Wanted) -> DataFrame:
    by_header: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        header = read_header(spark, file, options)
        _check_columns(file.relative, header, wanted)
        by_header.setdefault(header, []).append(literal(file.path))
    frames = [_csv_frame(spark, header, paths, options, wanted) for header, paths in by_header.items()]
    return reduce(DataFrame.unionByName, frames)


def _csv_frame(
    spark: SparkSession, header: tuple[str, ...], paths: list[str], options: CsvOptions, wanted: Wanted
) -> DataFrame:
    # Spark reads CSV by position: names that nobody wants get one of their own, so that none can clash.
    names = [name if name in wanted else f"__unused_{index}" for index, name in enumerate(header)]
    reader = spark.read.schema(_strings([*names, CORRUPT])).options(
        header=options.header is True,
        sep=options.sep,
        quote=options.quote,
        escape=options.escape,
        multiLine=options.multiline,
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=CORRUPT,
        maxColumns=MOST_FIELDS,
        columnPruning=False,  # a pruned read does not see that a record has too many fields
        encoding="UTF-8",
    )
    frame = reader.csv(paths)
    return _clean(frame, wanted, frame[CORRUPT], nulls=options.nulls)


def _read_json(spark: SparkSession, files: list[SourceFile], wanted: Wanted) -> DataFrame:
    """One row per line that is not blank.

    Of a line with two objects, as where files were put together without a line end, Spark's own reader takes the
    first and drops the rest in silence. So each line is read as a list: of one object, or it is corrupt.
    """
    paths = [literal(file.path) for file in files]
    # a text file's bytes come as they are; decoded, what is no UTF-8 shows as such
    text = F.decode(F.col("value").cast("binary"), "UTF-8")
    lines = spark.read.text(paths).select(_trimmed(text).alias(RAW), _file_name().alias(FILE))
    schema = ArrayType(_strings(list(wanted) or [CORRUPT]))
    objects = F.from_json(F.concat(F.lit("["), RAW, F.lit("]")), schema)
    read = lines.where(F.col(RAW) != "").select(RAW, FILE, objects.alias(OBJECTS))
    one = F.when(F.size(OBJECTS) == 1, F.col(OBJECTS)[0])
    frame = read.select(one.alias(OBJECTS), FILE, F.when(one.isNull(), F.col(RAW)).alias(CORRUPT))
    fields = frame.select(*[F.col(OBJECTS)[name].alias(name) for name in wanted], FILE, CORRUPT)
    return _clean(fields, wanted, F.col(CORRUPT), file=F.col(FILE))


def _read_parquet(
    spark: SparkSession, data: str, origin: Origin, files: list[SourceFile], wanted: Wanted
) -> DataFrame:
    # A folder may be partitioned (day=…), and then its columns stand in its folders' names.
    whole = f"{data.rstrip('/')}/{origin.from_}"
    paths = [literal(whole)] if exists(spark, data, origin.from_) else [literal(f.path) for f in files]
    return _stored(spark.read.option("mergeSchema", True).parquet(*paths), origin, wanted)


def _read_delta(spark: SparkSession, data: str, origin: Origin, wanted: Wanted) -> DataFrame:
    if not exists(spark, data, f"{origin.from_}/_delta_log"):
        raise SourceError(f"{origin.from_}: this folder is no Delta table", fix="check from and format")
    frame = spark.read.format("delta").load(f"{data.rstrip('/')}/{origin.from_}")
    return _stored(frame, origin, wanted, name=origin.from_.rstrip("/").rsplit("/", 1)[-1])


def _read_hive(spark: SparkSession, origin: Origin, wanted: Wanted) -> RawTable | None:
    frame = hive_table(spark, origin)
    if frame is None:
        return None
    with readable(origin.from_):
        return RawTable(_stored(frame, origin, wanted, name=origin.from_), tuple(wanted))


def _stored(frame: DataFrame, origin: Origin, wanted: Wanted, *, name: str | None = None) -> DataFrame:
    _check_columns(origin.from_, tuple(frame.columns), wanted)
    file = None if name is None else F.lit(name)
    return _clean(frame, wanted, F.lit(None).cast("string"), file=file)


def _clean(
    frame: DataFrame,
    wanted: Wanted,
    corrupt: Column,
    *,
    nulls: tuple[str, ...] = (),
    file: Column | None = None,
) -> DataFrame:
    texts = [field.name for field in frame.schema.fields if isinstance(field.dataType, StringType)]
    trimmed = frame.select(
        *[_trimmed(quoted(column)).alias(column) if column in texts else quoted(column) for column in wanted],
        (_file_name() if file is None else file).alias(FILE),
        corrupt.alias(CORRUPT),
    )
    # a step of its own: in one step each text would be trimmed twice
    return trimmed.select(
        *[_or_null(column, nulls) if column in texts else quoted(column) for column in wanted], FILE, CORRUPT
    )


def _trimmed(text: Column) -> Column:
    return F.btrim(text, F.lit(WHITE))


def _or_null(column: str, nulls: tuple[str, ...]) -> Column:
    return F.when(~quoted(column).isin("", *nulls), quoted(column)).alias(column)


def _file_name() -> Column:
    # Spark gives the name as part of a URL; a plus sign is itself there.
    return F.expr("url_decode(replace(_metadata.file_name, '+', '%2B'))")


def _strings(names: list[str]) -> StructType:
    return StructType([StructField(name, StringType()) for name in names])


def _check_columns(place: str, present: tuple[str, ...], wanted: Wanted) -> None:
    for column, (needed_by, in_expression) in wanted.items():
        if present.count(column) > 1:
            raise SourceError(f"{place}: two columns are called {column}", fix="name them apart")
        if column not in present:
            fault: type[MarketgraphError] = ConfigError if in_expression else SourceError
            raise fault(
                f"{place}: there is no column {column}, which {needed_by} needs{near(column, list(present))}",
                fix="export the file with that column, or mend the mapping",
            )


def _check_distinct(origin: Origin, wanted: Wanted) -> None:
    folded: dict[str, str] = {}
    for column in wanted:
        other = folded.setdefault(column.lower(), column)
        if other != column:
            raise ConfigError(
                f"{origin.from_}: the mapping names {other} and {column}, which Spark can't tell apart",
                fix="write the column's name the same way everywhere",
            )
