"""How much evidence is told, and how far it is looked for."""

from __future__ import annotations

from pydantic import Field

from marketgraph.section import Section


class EvidenceConfig(Section):
    """The limits of the evidence tables and of `marketgraph explain`."""

    domains: tuple[str, ...] = Field(
        default=("any",), description="whose rankings are told of; others of the config's are not"
    )
    entities: int = Field(default=100, ge=0, le=100_000, description="of each ranking, from its top")
    communities: int = Field(default=100, ge=0, le=100_000, description="of each ranking, from its top")
    edges: int = Field(default=10, ge=1, le=1000, description="of each subject that are told, the strongest")
    identifiers: int = Field(
        default=10, ge=1, le=1000, description="of each subject that are told, those of most members first"
    )
    digits: int = Field(
        default=16,
        ge=8,
        le=16,
        description="of an identifier's hash that are told: whole it would still join",
    )
    others: int = Field(default=5, ge=0, le=100, description="other holders of an identifier that are named")
    paths: int = Field(
        default=3, ge=1, le=20, description="known violators of each subject that are told, the nearest"
    )
    hops: int = Field(default=4, ge=1, le=6, description="ties of a path, at most")
    max_degree: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="a vertex with more neighbours ends a path; the first goes to its strongest",
    )
    max_frontier: int = Field(
        default=200,
        ge=1,
        le=100_000,
        description="vertices of a hop that paths go on from, those of the strongest ties",
    )
