"""What a graph's files were when they were read: another text for other files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from pyspark.sql import SparkSession

from marketgraph import delta_log, hadoop_files
from marketgraph.graphs.graph import GraphFiles


def identity_of(spark: SparkSession, files: GraphFiles) -> dict[str, str | None]:
    """For edges, vertices and seeds: how many files, of how many bytes, and a hash of each one's name, bytes and time.

    A Delta table's is its version and that commit. None where no such file was named. Nothing is read of the rows.
    """
    named = {"edges": files.edges, "vertices": files.vertices, "seeds": files.seeds}
    is_delta = files.file_format.name == "delta"
    return {part: path and _of(spark, path, is_delta=is_delta) for part, path in named.items()}


def _of(spark: SparkSession, path: str, *, is_delta: bool) -> str:
    if not is_delta:
        found = hadoop_files.files_under(spark, path)
        return f"{len(found)} files, {sum(size for _, size, _ in found)} bytes, {_hash(found)}"
    version = delta_log.newest_version(spark, path)
    commit = hadoop_files.files_under(spark, f"{path.rstrip('/')}/_delta_log/{version:020d}.json")
    return f"version {version}, {_hash(commit)}"


def _hash(found: Sequence[tuple[str, int, int]]) -> str:
    return sha256(json.dumps(found).encode()).hexdigest()[:16]
