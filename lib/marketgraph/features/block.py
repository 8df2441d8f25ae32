"""A block of features: some columns of one entity kind, from one builder, to be set side by side with others."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame

from marketgraph.tables.contract import Column


@dataclass(frozen=True)
class Block:
    """Some features of one kind: their columns, and a frame of (vertex_id, columns …), a row for each that has any."""

    frame: DataFrame
    columns: tuple[Column, ...]
