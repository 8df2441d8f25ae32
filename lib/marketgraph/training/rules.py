"""What is decided about training sets: of whom, at which moments, what is a label, how it is split."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from marketgraph.edges.rules import refuse_unknown
from marketgraph.errors import BadKeyError
from marketgraph.section import Section
from marketgraph.tables.sources import ENTITY_KINDS, IDENTIFIER_KINDS

Days = Annotated[int, Field(ge=1, le=36_500)]


class LeakageRule(Section):
    """What the leakage report warns of."""

    max_auc: float = Field(
        default=0.98, ge=0.5, le=1, description="of a single feature; more is too good to be true"
    )
    strong: tuple[str, ...] = Field(
        default=("device", "payment", "phone", "address", "bank"),
        description="kinds of identifiers that two splits should not share; of the others it is only said",
    )

    @model_validator(mode="after")
    def _known(self) -> LeakageRule:
        refuse_unknown(self.strong, IDENTIFIER_KINDS, "kind of identifier", key="strong")
        return self


class TrainingConfig(Section):
    """Labels come of the violations: see docs of the keys in conf/training.yml."""

    kinds: tuple[str, ...] = Field(
        default=("merchant", "buyer"), description="of entities; none: no training set"
    )
    cutoffs: tuple[Days, ...] = Field(
        default=(120, 60),
        min_length=1,
        description="days before as_of at whose midnights entities are looked at",
    )
    horizon_days: Days = Field(
        default=45, description="positive is who is decided against in so many days from the moment"
    )
    delay_days: int = Field(
        default=15, ge=0, le=36_500, description="that decisions take to become known; no cutoff is so late"
    )
    hidden: Literal["positive", "leave_out"] = Field(
        default="positive", description="decided before the moment, and known after it"
    )
    known: Literal["leave_out", "keep"] = Field(
        default="leave_out", description="entities with a violation that was known before the moment"
    )
    before_entity: Literal["leave_out", "refuse"] = Field(
        default="leave_out", description="a violation dated before its entity was there"
    )
    min_age_days: int = Field(default=0, ge=0, le=36_500, description="younger entities are left out")
    negatives_per_positive: int = Field(default=10, ge=1, le=100_000)
    seed: int = Field(default=7, ge=0, le=2**31)
    groups: Literal["component", "community"] = Field(
        default="component", description="what is never in two splits"
    )
    largest_group: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="share of all vertices; a larger component is parted by its communities",
    )
    test_percent: int = Field(
        default=50, ge=1, le=99, description="of the groups with examples on both sides of time"
    )
    validation_percent: int = Field(
        default=20, ge=0, le=99, description="of the groups of the earlier moments"
    )
    sequences: bool = Field(default=True, description="with statistics of the entity's sequence (seq_*)")
    leakage: LeakageRule = LeakageRule()

    @model_validator(mode="after")
    def _fits(self) -> TrainingConfig:
        refuse_unknown(self.kinds, ENTITY_KINDS, "kind of entity", key="kinds")
        for key in ("kinds", "cutoffs"):
            given = getattr(self, key)
            if len(set(given)) < len(given):
                raise BadKeyError("one of them is there twice", key=key, given=list(given))
        if min(self.cutoffs) < self.horizon_days + self.delay_days:
            told = f"none may be less than horizon_days + delay_days ({self.horizon_days + self.delay_days})"
            raise BadKeyError(told, key="cutoffs", given=list(self.cutoffs))
        return self


def cutoffs(rule: TrainingConfig, as_of: date) -> list[date]:
    """The dates at whose midnights (UTC) entities are looked at, oldest first; none without kinds.

    The features of an example are those of the slice of its date, so the stages up to the features have to have run
    for each of them.
    """
    days = sorted(rule.cutoffs, reverse=True) if rule.kinds else []
    return [as_of - timedelta(days=number) for number in days]
