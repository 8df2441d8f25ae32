"""Spark's classes as the JVM has read and checked them: a file in the cache that each driver here maps at its start.

A driver loads thousands of classes before it answers its first query: a quarter of the processor time of a
short command. The JVM can keep what it made of them (JEP 350, dynamic archives of class data). The archive holds for
one Java and one Spark at one place, which its name tells; the JVM itself passes over one that does not fit.
`make setup` makes it (class_rehearsal.py); where there is none, all works as before and starts more slowly.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyspark

from marketgraph.cache import cache_dir
from marketgraph.java import find_java


def archive_path() -> Path:
    """Where the archive of this Java and this Spark is, or would be."""
    java, spark = find_java(), Path(pyspark.__file__).parent
    what = hashlib.sha256(f"{java.home.resolve()} {java.version} {spark.resolve()}".encode()).hexdigest()[:16]
    return cache_dir() / f"classes-spark-{pyspark.__version__}-{what}.jsa"


def archive_options() -> str:
    """The JVM's options that name the archive; none where there is no archive.

    What the JVM says of an archive that does not fit (a jar was replaced) would stand in the user's output.
    """
    path = archive_path()
    return f"-XX:SharedArchiveFile={path} -Xlog:cds*=off" if path.is_file() else ""
