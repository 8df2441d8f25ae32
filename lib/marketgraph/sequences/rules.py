"""What is decided about sequences: whose, of what, how long, and how prices are told apart (conf/sequences.yml)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from marketgraph.edges.rules import refuse_unknown
from marketgraph.errors import BadKeyError
from marketgraph.section import Section
from marketgraph.tables.sources import ENTITY_KINDS

Role = Literal["actor", "object"]
Source = Literal["events", "orders", "reviews"]
# Spark keeps only so many rows per entity before they move if there are fewer than 1,000 of them.
Length = Annotated[int, Field(ge=1, le=999)]


class PriceRule(Section):
    """Buckets of prices, each up to twice the one before it: [0, least), [least, 2 least), [2 least, 4 least) …

    They are the same on every date, as quantiles would not be. Prices are in the currency that features are in
    (features.currency): one that can't be converted to it has no bucket, and is unknown.
    """

    least: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=4)] = Decimal(1)
    buckets: int = Field(default=20, ge=2, le=60, description="how many; the last has no upper end")


class SessionRule(Section):
    """The acts on a live content while it is on."""

    length: Length = Field(
        default=500, description="the last so many acts of a session; older ones are left out"
    )
    longest_hours: int = Field(
        default=24, ge=1, le=168, description="a session without an end lasts no longer"
    )
    products: bool = Field(
        default=True, description="acts on products that it features, once they are featured, count too"
    )


def _default_entities() -> dict[str, tuple[Role, ...]]:
    return {"buyer": ("actor",), "merchant": ("actor", "object"), "creator": ("actor", "object")}


class SequencesConfig(Section):
    """Whose sequences are made, of which sources."""

    entities: dict[str, tuple[Role, ...]] = Field(
        default_factory=_default_entities,
        description="kind -> actor: what it did; object: what was done to it, with verbs that begin with by:",
    )
    sources: tuple[Source, ...] = Field(default=("events", "orders", "reviews"), min_length=1)
    length: Length = Field(
        default=100, description="the last so many acts of an entity; older ones are left out"
    )
    max_tokens: int = Field(
        default=10_000,
        ge=10,
        le=1_000_000,
        description="of a field of the vocabulary; tokens beyond are unknown",
    )
    prices: PriceRule = PriceRule()
    sessions: SessionRule = SessionRule()

    @model_validator(mode="after")
    def _known(self) -> SequencesConfig:
        refuse_unknown(self.entities, ENTITY_KINDS, "kind of entity", key="entities")
        for kind, roles in self.entities.items():
            if not roles:
                raise BadKeyError(
                    "no role: say actor or object, or leave the kind out", key=f"entities.{kind}"
                )
        return self

    def kinds(self, role: Role) -> tuple[str, ...]:
        """The kinds that have sequences in this role."""
        return tuple(kind for kind, roles in self.entities.items() if role in roles)
