"""What a release holds, as numbers that are the same for the same rows wherever they lie."""

from __future__ import annotations

from pyspark.sql import functions as F

from marketgraph.releases.load import Release


def contents(release: Release) -> dict[str, list[str]]:
    """By table: how many rows, and the sum of the hashes of the rows' JSON."""
    found = {}
    for name in sorted(release.pins):
        hashes = F.xxhash64(F.to_json(F.struct("*"))).cast("decimal(38,0)")
        row = release.table(name).select(F.count("*"), F.sum(hashes)).collect()[0]
        found[name] = [str(value) for value in row]
    return found
