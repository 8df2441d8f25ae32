"""What a conformed slice came of: the mapping's content, the files it reads, and which key hashed them."""

from __future__ import annotations

import hashlib
import json

from pyspark.sql import SparkSession

from marketgraph.delta_log import newest_version
from marketgraph.sources.files import find_files
from marketgraph.sources.hive import hive_listing
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.mapping import Origin, SourceMapping


def source_fingerprint(spark: SparkSession, mapping: SourceMapping, data: str, key: IdentifierKey) -> str:
    """64 hex digits that change when the mapping, a file (name, size, time), a Delta version or the key does.

    Comments and layout of the mapping do not count; where the data folder lies does not count either. Of a Hive
    table its columns count, and its files as of those of the data folder.
    """
    places = {origin.place: origin for origin in mapping.origins}
    listing = {" ".join(place): _listing(spark, data, origin) for place, origin in sorted(places.items())}
    told = [mapping.model_dump(mode="json", by_alias=True), listing, key.check]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _listing(spark: SparkSession, data: str, origin: Origin) -> list[list[str | int]]:
    if origin.format == "delta":
        return [["version", newest_version(spark, f"{data.rstrip('/')}/{origin.from_}")]]
    if origin.format == "hive":
        return hive_listing(spark, origin)
    return [[file.relative, file.size, file.modified] for file in find_files(spark, data, origin)]
