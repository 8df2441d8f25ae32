"""How labels are found: every choice of label propagation, its range and its default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from marketgraph.section import Section

Engine = Literal["kernel", "sql", "graphframes"]
Algorithm = Literal["graphframes", "graphx"]
Schedule = Literal["synchronous", "alternating"]
Share = Annotated[float, Field(ge=0, le=1)]


class Propagation(Section):
    """What decides labels."""

    max_iterations: int = Field(default=10, ge=1, le=1000)
    orientation: Literal["undirected", "directed"] = Field(
        default="undirected",
        description="undirected: a pair is joined once, however many rows say so, in either direction, and its weight"
        " is their sum; directed: each row votes for both its ends, so that a neighbour votes once per direction, as"
        " LDBC Graphalytics counts",
    )
    weighted: bool = Field(
        default=False,
        description="a neighbour votes with the edge's weight, in whole units of 2^-20; else with 1",
    )
    schedule: Schedule = Field(
        default="synchronous",
        description="synchronous: all vertices change at once; alternating: half of them, then the other half, by a"
        " hash of the vertex id, other halves in each iteration, which can't oscillate for ever as a pair would",
    )
    ties: Literal["smallest", "current"] = Field(
        default="smallest",
        description="smallest label, or the vertex's current one if it is among the best, else the smallest",
    )
    own_vote: float = Field(
        default=0.0, ge=0, le=2**31, description="votes for the vertex's own label, in weights of an edge"
    )
    pin_seeds: bool = Field(default=False, description="seeds never change")
    least_changed: Share = Field(
        default=0.0,
        description="share of vertices below which changes are too few to go on; 0: until none changes",
    )
    largest_share: Share = Field(
        default=1.0,
        description="share of vertices above which the largest community is a collapse, and the iterate of the best"
        " modularity is kept; 1: never",
    )
    split: bool = Field(
        default=False, description="a community of several pieces becomes as many communities"
    )
    min_size: int = Field(default=1, ge=1, description="vertices of smaller communities stand alone")

    @property
    def renames(self) -> bool:
        """Whether communities are named by their smallest vertex in the end, since some came apart."""
        return self.split or self.min_size > 1


class Exchange(Section):
    """How labels travel between blocks; it changes no label."""

    mode: Literal["auto", "broadcast", "shuffle"] = Field(
        default="auto",
        description="broadcast: the driver holds the labels and sends them to all; shuffle: each block sends to each"
        " other what has changed; auto: broadcast while the driver's arrays stay within the budget",
    )
    budget_mb: int = Field(
        default=2048, ge=1, description="memory of the driver for ids, labels and their changes"
    )
    blocks: int | None = Field(
        default=None, ge=1, le=1_000_000, description="none: by the numbers of edges and cores"
    )
    hub_degree: int = Field(
        default=1_000_000,
        ge=2,
        description="from how many edges on a vertex is heard in all blocks, in parts",
    )


class Identity(Section):
    """When a community is the one of a day before, and what is said of it: shares of vertices."""

    days: int = Field(
        default=30, ge=1, le=3650, description="how old the slice may be that communities are named after"
    )
    least_share: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="share of the smaller of two communities that must be in both, or the id is not kept",
    )
    steady: Share = Field(
        default=0.1,
        description="change of size, as a share of the size before, up to which a community is continued",
    )
    successor_share: float = Field(
        default=0.3,
        gt=0,
        le=1,
        description="share of a community's members from which on those who have them are its successor",
    )


BYTES_A_VERTEX = (
    64  # on the driver with the exchange broadcast: ids, volumes, labels of some iterates, changes
)
