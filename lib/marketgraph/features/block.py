"""A block of features: what one builder has to say of a kind's vertices, and at which contract."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame

from marketgraph.tables.contract import Column


@dataclass(frozen=True)
class Block:
    """Some features of one kind: their columns, and a frame of (vertex_id, columns …), one row per vertex that has any."""

    frame: DataFrame
    columns: tuple[Column, ...]
