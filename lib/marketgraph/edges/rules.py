"""What is decided about each relation: its sources and kinds, window, weight, hub policy and budget."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, create_model, model_validator

from marketgraph.edges.look_alike_images import ImageRule
from marketgraph.edges.look_alike_titles import TitleRule
from marketgraph.errors import BadKeyError
from marketgraph.section import Section
from marketgraph.tables.relations import RELATIONS, Relation
from marketgraph.tables.sources import SOURCE_TABLES

Policy = Literal["drop", "cap", "inverse", "virtual"]
Share = Annotated[float, Field(gt=0, le=1)]
SOURCES = tuple(table.name for table in SOURCE_TABLES)


class Rule(Section):
    """What every relation declares. `between` and `sources` state what its builder joins and reads, for readers."""

    on: bool = Field(True, description="off: its table is written empty")
    between: tuple[str, ...] = Field(min_length=1, description="pairs of entity kinds that it joins")
    sources: tuple[str, ...] = Field(min_length=1, description="source tables that it is made of")
    window_days: int | None = Field(
        None, ge=1, le=36_500, description="older facts are left out; none: all count"
    )
    half_life_days: float | None = Field(
        None, gt=0, le=36_500, description="recency halves in so many days since last_seen; none: it stays 1"
    )
    evidence: Literal["count", "log"] = Field(
        "count", description="factor of the weight: evidence_count, or log2(1 + evidence_count)"
    )
    min_evidence: int = Field(1, ge=1, description="pairs with less are no edge")


class ActivityRule(Rule):
    """A relation whose facts name both ends. A popular dst weighs less by its rarity; nothing is left out."""

    evidence: Literal["count", "log"] = "log"


class GroupRule(Rule):
    """A relation between the members of groups, and what happens to a group with too many."""

    policy: Policy = Field(
        "drop",
        description="of a group of more than max_holders: drop: joins nobody; cap: joins its max_holders most recent;"
        " inverse: joins all, each pair weighing as little as its rarity says; virtual: each is joined to a vertex"
        " that stands for the value",
    )
    max_holders: int = Field(ge=2, le=10_000, description="a group of up to so many is joined in all pairs")
    max_share: Share | None = Field(
        None,
        description="a value held by more than this share of all who could is nobody's: dropped as a sentinel",
    )
    max_pairs: int = Field(50_000_000, ge=1, description="a run that would make more pairs is refused")


class ConfirmedRule(GroupRule):
    """A relation whose pairs are compared before they count: a vertex that stands for a group can't be."""

    policy: Literal["drop", "cap"] = Field(
        "drop",
        description="drop: a group of more than max_holders joins nobody; cap: it joins its max_holders most recent;"
        " no other, since pairs of this relation are compared, which a vertex in place of a value can't be",
    )


class NearRule(ConfirmedRule):
    """Members act on one object within some seconds of each other."""

    within_seconds: int = Field(ge=1, le=31_536_000, description="two acts count when at most so far apart")


class ReviewRule(NearRule):
    """Equal reviews, of these ratings; more is said by those that come when the product gets many at once."""

    ratings: tuple[Annotated[int, Field(ge=1, le=5)], ...] = Field(
        min_length=1, description="of 1 to 5 stars"
    )
    rush_least: int = Field(ge=1, description="least reviews of it within within_seconds before and after")
    rush_times: float = Field(ge=0, description="least: so many times what its mean rate brings in that time")
    rush_counts: int = Field(
        ge=1, le=1000, description="what a product counts for in a rush; 1 outside of one"
    )


class TitlesRule(ConfirmedRule):
    """Look-alike titles: how they are searched for, and what is alike (look_alike_titles.py has the arithmetic)."""

    min_similarity: Share = Field(description="least Jaccard index of the titles' shingles")
    shingle: int = Field(3, ge=2, le=10, description="characters of a shingle")
    bands: int = Field(ge=1, le=64, description="of the MinHash: more of them miss fewer pairs")
    rows_per_band: int = Field(ge=1, le=16, description="of the MinHash: more of them propose fewer pairs")

    @property
    def alike(self) -> TitleRule:
        """What the search is told."""
        return TitleRule(self.rows_per_band, self.bands, self.shingle, self.min_similarity)


class ImagesRule(ConfirmedRule):
    """Look-alike images: how many of the hash's 64 bits may differ."""

    max_distance: int = Field(ge=0, le=15, description="most bits in which two hashes differ")

    @property
    def alike(self) -> ImageRule:
        """What the search is told."""
        return ImageRule(self.max_distance)


_SPECIAL: dict[str, type[Rule]] = {
    "reviewed_together": ReviewRule,
    "bursts": NearRule,
    "look_alike_titles": TitlesRule,
    "look_alike_images": ImagesRule,
}


def rule_class(relation: Relation) -> type[Rule]:
    """What a relation's rule can say."""
    return _SPECIAL.get(relation.name, GroupRule if relation.grouped else ActivityRule)


class _Declared(Section):
    @model_validator(mode="before")
    @classmethod
    def _known(cls, told: object) -> object:
        if isinstance(told, dict):
            refuse_unknown(told, RELATIONS, "relation")
            if missing := [name for name in RELATIONS if name not in told]:
                raise BadKeyError(f"no rule for {', '.join(missing)} (one that is not wanted says on: false)")
        return told

    @model_validator(mode="after")
    def _true(self) -> _Declared:
        for name, rule in self.rules.items():
            _check(RELATIONS[name], rule)
        return self

    @property
    def rules(self) -> dict[str, Rule]:
        """The rule of every relation, in catalogue order."""
        return {name: getattr(self, name) for name in RELATIONS}

    def rule(self, name: str) -> Rule:
        """The rule of one relation. Raises KeyError for one that is not in the catalogue."""
        return self.rules[name]

    @property
    def groups(self) -> dict[str, GroupRule]:
        """The rules of the grouped relations that are on."""
        return {n: r for n, r in self.rules.items() if isinstance(r, GroupRule) and r.on}


def _check(relation: Relation, rule: Rule) -> None:
    key = f"{relation.name}.sources"
    refuse_unknown(rule.sources, SOURCES, "source", key=key)
    if set(rule.sources) != set(relation.sources):
        made_of = f"it is made of {', '.join(relation.sources)}, no more and no less"
        raise BadKeyError(made_of, key=key, given=list(rule.sources))
    for pair in rule.between:
        refuse_pair(pair, relation, key=f"{relation.name}.between")


def refuse_unknown(names: Iterable[str], known: Iterable[str], what: str, *, key: str = "") -> None:
    """Raise BadKeyError that names the first of `names` that is not known, and the one that may be meant."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(str(name), list(known), n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"
            raise BadKeyError(f"unknown {what} {name}{hint}", key=key)


def refuse_pair(pair: str, relation: Relation, *, key: str) -> None:
    """Raise BadKeyError when the relation can't join these two kinds. It lists the few pairs that it can."""
    if pair not in relation.pair_names:
        # not the nearest: merchant-creator is near to merchant-divice, and seldom meant by it
        known = ", ".join(relation.pair_names)
        raise BadKeyError(
            f"{relation.name} does not join {pair}; pairs of kinds that it joins: {known}", key=key
        )


EdgesConfig = create_model(  # type: ignore[call-overload]
    "EdgesConfig",
    __base__=_Declared,
    __doc__="The rule of every relation, by its name.",
    **{name: (rule_class(relation), ...) for name, relation in RELATIONS.items()},
)
