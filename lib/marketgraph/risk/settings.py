"""How risk spreads: domains, their seeds and relations, the walk, the calibration, the score of a community."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from marketgraph.edges.rules import refuse_pair, refuse_unknown
from marketgraph.errors import BadKeyError
from marketgraph.section import Section
from marketgraph.tables.relations import RELATIONS

EVERY_KIND = "*"
MOST_TIES = 255  # an edge's relation has 8 bits beside its weight
Share = Annotated[float, Field(gt=0, le=1)]
Factor = Annotated[float, Field(gt=0, le=100)]
Curve = Literal["none", "platt", "isotonic"]
Method = Literal["auto", "none", "platt", "isotonic"]


class Kind(Section):
    """What a kind of violation is worth as a seed."""

    confidence: Share = Field(default=0.9, description="how sure a decision of this kind is")
    half_life_days: float = Field(
        default=730, gt=0, le=36_500, description="a seed's weight halves in so many days since decided_at"
    )


class Tie(Section):
    """One relation that risk walks along. min_evidence: edges with less evidence are left out."""

    factor: Factor = Field(default=1.0, description="multiplies the relation's weights")
    min_evidence: int = Field(default=1, ge=1, description="edges with less are no tie")


class Domain(Section):
    """One sort of risk: which violations are its seeds, and which ties carry it."""

    kinds: tuple[str, ...] = Field(
        min_length=1, description=f"kinds of violations; {EVERY_KIND}: all of them"
    )
    relations: dict[str, Tie] = Field(
        min_length=1, description="relation, or relation:kind-kind for its edges between two kinds -> its tie"
    )
    hints: dict[str, Share] = Field(
        default_factory=dict,
        description="relation, or relation:kind-kind, that is suspicious by itself -> what an edge of it makes either"
        " end worth as a seed; of several the largest counts. No hint is a known violation",
    )

    @model_validator(mode="after")
    def _known(self) -> Domain:
        for key, told in (("relations", self.relations), ("hints", self.hints)):
            for relation in told:
                name, _, pair = relation.partition(":")
                refuse_unknown([name], RELATIONS, "relation", key=key)
                if pair:
                    refuse_pair(pair, RELATIONS[name], key=key)
        return self


class Calibration(Section):
    """How a spread becomes a probability, on held-out seeds."""

    method: Method = Field(
        default="auto",
        description="auto: of the spread itself, Platt's and, from isotonic_from held-out seeds on, the isotonic curve"
        " the one of the lowest Brier score, each fitted without the fold that it is tried on",
    )
    folds: int = Field(
        default=4, ge=2, le=20, description="each vertex is judged by the seeds of the other folds"
    )
    sample: int = Field(
        default=100_000, ge=1_000, description="vertices without a seed that the driver fits on"
    )
    least_seeds: int = Field(
        default=20, ge=2, description="with fewer nothing is fitted: the score is the spread"
    )
    isotonic_from: int = Field(default=50, ge=2, description="a step curve follows fewer seeds too closely")


class CommunityScore(Section):
    """How members' spreads become the score of a community."""

    top_share: Share = Field(default=0.5, description="the mean of this share of the members, the riskiest")
    shrink: float = Field(
        default=1.0, ge=0, le=100, description="members of no risk that are counted beside them"
    )
    least_members: int = Field(default=2, ge=2, description="smaller communities have no score")


class RiskConfig(Section):
    """All that decides the risk tables. Without domains they stay empty."""

    domains: dict[str, Domain] = Field(default_factory=dict)
    kinds: dict[str, Kind] = Field(
        default_factory=dict, description="kind of violation -> its worth; others: the default"
    )
    restart: float = Field(
        default=0.3,
        gt=0,
        lt=1,
        description="chance of a walk to begin anew at each step; the rest goes on along a tie",
    )
    tolerance: float = Field(
        default=0.001,
        gt=0,
        le=1,
        description="most that any vertex's expected visits are off, in visits of one fresh seed",
    )
    max_iterations: int = Field(default=60, ge=1, le=1000)
    budget_mb: int = Field(default=2048, ge=1, description="memory of the driver for the arrays of one pass")
    calibration: Calibration = Calibration()
    communities: CommunityScore = CommunityScore()

    @model_validator(mode="after")
    def _few_ties(self) -> RiskConfig:
        ties = {
            (name, tie.min_evidence)
            for domain in self.domains.values()
            for name, tie in domain.relations.items()
        }
        if len(ties) > MOST_TIES:
            raise BadKeyError(
                f"more than {MOST_TIES} different ties in all domains", key="domains", given=len(ties)
            )
        return self

    def kind(self, name: str) -> Kind:
        """What a kind of violation is worth."""
        return self.kinds.get(name, Kind())
