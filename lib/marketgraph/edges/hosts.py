"""hosts: creator to content."""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.edges.pairs import activity_edges, facts


def hosts_edges(contents: DataFrame, *, vertex_ids: DataFrame) -> DataFrame:
    """One row per (creator, content). evidence_count and weight: 1."""
    hosted = facts(contents, src="creator_id", dst="content_id", time="started_at")
    return activity_edges("hosts", hosted, vertex_ids)
