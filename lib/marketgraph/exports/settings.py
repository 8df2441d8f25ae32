"""The part of the config that says which exports a run ends with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from marketgraph.section import Section

FormatName = Literal["pyg", "dgl", "graphstorm", "sequences", "parquet"]


class ExportsConfig(Section):
    """Each release is written to <folder>/<release id>/<format>, in each of the formats."""

    folder: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="a local folder, or one that all machines mount; none: exports, in the warehouse",
    )
    formats: tuple[FormatName, ...] = ()
