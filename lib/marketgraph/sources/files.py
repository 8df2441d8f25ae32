"""The raw files of a mapping: found and peeked into through Hadoop's file systems (local, hdfs, s3a)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from marketgraph.errors import SourceError
from marketgraph.object_stores import for_hadoop
from marketgraph.sources.mapping import Origin
from marketgraph.spark_failures import s3_failure

HEAD_BYTES = 65_536
_GLOB = re.compile(r"[*?\[\]{}\\]")


@dataclass(frozen=True, order=True)
class SourceFile:
    """One raw file. `relative` is its path under the data folder; `modified` in milliseconds since 1970."""

    relative: str
    path: str
    size: int
    modified: int

    @property
    def name(self) -> str:
        return self.relative.rsplit("/", 1)[-1]


def check_data_folder(spark: SparkSession, data: str) -> None:
    """Raises SourceError when there is no such folder or its file system can't be reached."""
    path = _path(spark, data)
    try:
        found = _system(spark, path).exists(path)
    except Py4JJavaError as error:
        told = s3_failure(str(error)) or (
            f"{data}: can't be reached: {cause(error)}",
            "check the path and access",
        )
        raise SourceError(told[0], fix=told[1]) from None
    if not found:
        raise SourceError(f"{data}: there is no such data folder", fix="check --data or sources.data")


def find_files(spark: SparkSession, data: str, origin: Origin) -> list[SourceFile]:
    """The files of an origin, by their paths' order; none when nothing matches. Hidden files are left out.

    Raises SourceError when one lies outside of the data folder, for a pattern that is none, and for a folder that may
    not be read.
    """
    root = _path(spark, data)
    system = _system(spark, root)
    base = str(system.makeQualified(root).toString()).rstrip("/") + "/"
    try:
        found = sorted(
            SourceFile(path.removeprefix(base), path, status.getLen(), status.getModificationTime())
            for start in _starts(spark, system, data, origin.from_)
            for status in _files_below(system, start)
            for path in [str(status.getPath().toString())]
        )
    except Py4JJavaError as error:
        raise SourceError(
            f"{origin.from_}: can't be looked for: {cause(error)}",
            fix="check the pattern, and access to the folder",
        ) from None
    outside = [file.path for file in found if not file.path.startswith(base)]
    if outside:
        raise SourceError(
            f"{origin.from_}: {outside[0]} is not in the data folder", fix="name files below the data folder"
        )
    return list(dict.fromkeys(found))


def exists(spark: SparkSession, data: str, relative: str) -> bool:
    """Whether that very file or folder (no glob) is there."""
    path = _path(spark, f"{data.rstrip('/')}/{relative}")
    return bool(_system(spark, path).exists(path))


def read_head(spark: SparkSession, file: SourceFile) -> bytes:
    """The first 64 KiB of a file, unpacked when its name says that it is packed (.gz, .bz2 …)."""
    path = _path(spark, file.path)
    codecs = spark._jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(  # type: ignore[union-attr]
        spark._jsc.hadoopConfiguration()
    )
    codec = codecs.getCodec(path)
    try:
        stream = _system(spark, path).open(path)
        try:
            unpacked = codec.createInputStream(stream) if codec is not None else stream
            return bytes(unpacked.readNBytes(HEAD_BYTES))
        finally:
            stream.close()
    except Py4JJavaError as error:
        raise SourceError(
            f"{file.relative}: can't be read: {cause(error)}", fix="copy or unpack the file again"
        ) from None


def literal(path: str) -> str:
    """The path as Spark's readers want it: without meaning for globs."""
    return _GLOB.sub(lambda found: "\\" + found.group(), path)


def cause(error: Py4JJavaError) -> str:
    """The first line of what Java says."""
    return str(error.java_exception.toString()).splitlines()[0]


def _starts(spark: SparkSession, system: Any, data: str, relative: str) -> list[Any]:
    if _GLOB.search(relative):
        found = system.globStatus(_path(spark, f"{literal(data.rstrip('/'))}/{relative}"))
        return list(found or [])
    path = _path(spark, f"{data.rstrip('/')}/{relative}")
    return [system.getFileStatus(path)] if system.exists(path) else []


def _files_below(system: Any, status: Any) -> Iterator[Any]:
    if status.isFile():
        yield status
        return
    for entry in system.listStatus(status.getPath()):
        if not str(entry.getPath().getName()).startswith(("_", ".")):
            yield from _files_below(system, entry)


def _path(spark: SparkSession, name: str) -> Any:
    return spark._jvm.org.apache.hadoop.fs.Path(for_hadoop(name))  # type: ignore[union-attr]


def _system(spark: SparkSession, path: Any) -> Any:
    return path.getFileSystem(spark._jsc.hadoopConfiguration())
