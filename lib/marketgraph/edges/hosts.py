"""hosts: creator to content."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.edges.activity import facts
from marketgraph.edges.seen import Seen


def hosts_facts(seen: Seen) -> DataFrame:
    """Facts of (creator, content): one per content."""
    return facts("hosts", seen.contents, src="creator", dst="content", time="started_at")
