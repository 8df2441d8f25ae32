"""Files and folders wherever Hadoop reaches (local, hdfs, s3a): list, make, move, remove, read and write a text."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from marketgraph.object_stores import for_hadoop, on_s3


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


def replace_text(spark: SparkSession, name: str, text: str) -> None:
    """Other content for a small UTF-8 file that is there: readers find the old or the new, never a part of it."""
    path, system = _file_system(spark, name)
    if on_s3(name):  # an object is put whole; a move there removes the old one first
        write_text(spark, name, text)
        return
    folder, told = path.getParent(), path.getName()
    # a sum that Hadoop keeps beside a local file is of the old content; a file without one is read as it is
    remove(spark, f"{folder}/.{told}.crc")
    written = f"{folder}/.{told}.new"
    write_text(spark, written, text)
    jvm: Any = spark._jvm
    options = spark.sparkContext._gateway.new_array(jvm.org.apache.hadoop.fs.Options.Rename, 1)  # type: ignore[union-attr]
    options[0] = jvm.org.apache.hadoop.fs.Options.Rename.OVERWRITE
    whole = system.makeQualified(path)
    context = jvm.org.apache.hadoop.fs.FileContext.getFileContext(whole.toUri(), system.getConf())
    context.rename(_file_system(spark, written)[0], path, options)


def make_folder(spark: SparkSession, name: str) -> None:
    """Make a folder and those above it; one that is there already stays. Raises OSError when Hadoop declines."""
    path, system = _file_system(spark, name)
    if not system.mkdirs(path):
        raise OSError(f"can't make {name}")


def move(spark: SparkSession, name: str, to: str) -> None:
    """Give a file or folder another name, one that is not taken: in one step, but on object stores by copies.

    Raises FileExistsError when `to` is there, OSError when Hadoop declines.
    """
    path, system = _file_system(spark, name)
    target = _file_system(spark, to)[0]
    if system.exists(target):  # Hadoop would move it into a folder of that name
        raise FileExistsError(to)
    if not system.rename(path, target):
        raise OSError(f"can't move {name} to {to}")


def remove(spark: SparkSession, name: str) -> None:
    """Remove a file, or a folder with all that is in it; nothing happens when there is none."""
    path, system = _file_system(spark, name)
    system.delete(path, True)


def meant(spark: SparkSession, name: str) -> list[str]:
    """The whole URI of a name and, where it is a pattern, of all that it matches: one text for one place."""
    path, system = _file_system(spark, name)
    found = [] if system.exists(path) else [status.getPath() for status in system.globStatus(path) or []]
    return [str(system.makeQualified(place).toString()).rstrip("/") for place in [path, *found]]


def files_under(spark: SparkSession, name: str) -> list[tuple[str, int, int]]:
    """(name, bytes, modified in ms) of each file that `name` means (a file, a folder or a pattern), sorted by name.

    Names are relative to what was matched. Hidden files (`.` or `_` first), which Spark doesn't read, are left out.
    """
    path, system = _file_system(spark, name)
    found = []
    # what is there by that very name is no pattern
    for top in [system.getFileStatus(path)] if system.exists(path) else system.globStatus(path) or []:
        base = top.getPath().toString()
        files = system.listFiles(top.getPath(), True)
        while files.hasNext():
            status = files.next()
            inner = status.getPath().toString()[len(base) :]
            if not any(part.startswith((".", "_")) for part in inner.split("/")):
                found.append((top.getPath().getName() + inner, status.getLen(), status.getModificationTime()))
    return sorted(found)


def _file_system(spark: SparkSession, name: str) -> tuple[Any, Any]:
    path = spark._jvm.org.apache.hadoop.fs.Path(for_hadoop(name))  # type: ignore[union-attr]
    return path, path.getFileSystem(spark._jsc.hadoopConfiguration())
