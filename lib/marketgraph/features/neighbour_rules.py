"""What is declared of neighbours' features: which of them are summed up at the entities near them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from marketgraph.edges.rules import refuse_unknown
from marketgraph.errors import BadKeyError
from marketgraph.section import Section
from marketgraph.tables.sources import ENTITY_KINDS

Hop = Literal[1, 2]
Aggregation = Literal["mean", "max"]


class NeighbourRule(Section):
    """One feature of one kind, told to whoever has such a neighbour."""

    of: str = Field(description="kind of the neighbours that have the feature")
    feature: Annotated[str, Field(min_length=1)] = Field(description="name of one of the kind's own features")
    hops: tuple[Hop, ...] = Field(
        (1, 2),
        min_length=1,
        description="1: over the neighbours; 2: over the neighbours' values of one hop",
    )
    aggregations: tuple[Aggregation, ...] = Field(("mean", "max"), min_length=1)

    @model_validator(mode="after")
    def _known(self) -> NeighbourRule:
        refuse_unknown([self.of], ENTITY_KINDS, "entity kind", key="of")
        return self

    def named(self, hop: int, aggregation: str) -> str:
        """The name of one of its columns: `hop1_mean_merchant_orders_30d`."""
        return f"hop{hop}_{aggregation}_{self.of}_{self.feature}"


class NeighboursConfig(Section):
    """All of them."""

    neighbours: tuple[NeighbourRule, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> NeighboursConfig:
        refuse_twice(self.neighbours)
        return self


def refuse_twice(rules: Iterable[NeighbourRule]) -> None:
    """Raise BadKeyError where two rules are of one feature of one kind."""
    seen = set()
    for at, rule in enumerate(rules):
        if (rule.of, rule.feature) in seen:
            raise BadKeyError("declared twice", key=f"neighbours.{at}", given=f"{rule.of} {rule.feature}")
        seen.add((rule.of, rule.feature))


def refuse_unknown_features(rules: Iterable[NeighbourRule], known: Mapping[str, Iterable[str]]) -> None:
    """Raise BadKeyError where a rule names a feature that its kind has not. known: own features by kind."""
    for at, rule in enumerate(rules):
        refuse_unknown(
            [rule.feature], known[rule.of], f"feature of {rule.of}s", key=f"neighbours.{at}.feature"
        )
