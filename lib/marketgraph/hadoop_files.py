"""Small files wherever Hadoop reaches (local, hdfs, s3a): list a folder, read and write a text."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession


def exists(spark: SparkSession, name: str) -> bool:
    """Whether there is a file or folder of that name."""
    path, system = _file_system(spark, name)
    return bool(system.exists(path))


def names_in(spark: SparkSession, folder: str) -> list[str]:
    """Names of the files and folders in `folder`; none when it does not exist."""
    path, system = _file_system(spark, folder)
    if not system.exists(path):
        return []
    return [status.getPath().getName() for status in system.listStatus(path)]


def read_text(spark: SparkSession, name: str) -> str:
    """The whole of a small UTF-8 file. Raises FileNotFoundError when there is none."""
    path, system = _file_system(spark, name)
    if not system.exists(path):
        raise FileNotFoundError(name)
    stream = system.open(path)
    try:
        return str(spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))  # type: ignore[union-attr]
    finally:
        stream.close()


def write_text(spark: SparkSession, name: str, text: str) -> None:
    """Write a small UTF-8 file, over the one that may be there."""
    path, system = _file_system(spark, name)
    stream = system.create(path, True)
    try:
        stream.write(bytearray(text.encode()))
    finally:
        stream.close()


def _file_system(spark: SparkSession, name: str) -> tuple[Any, Any]:
    path = spark._jvm.org.apache.hadoop.fs.Path(name)  # type: ignore[union-attr]
    return path, path.getFileSystem(spark._jsc.hadoopConfiguration())
