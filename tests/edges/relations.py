"""One relation of a small story, by the builders that the stage uses, without a store."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import HealthCheck, settings
from pyspark.sql import DataFrame, SparkSession

from marketgraph.edges import groups, pairs
from marketgraph.edges.activity import activity_edges, summed_facts
from marketgraph.edges.catalogue import FACTS, confirmed, members_of
from marketgraph.edges.rules import EdgesConfig, GroupRule, Rule
from marketgraph.edges.seen import Seen, seen_in
from marketgraph.tables.relations import RELATIONS
from marketgraph.yaml_file import read_yaml
from tests.builders import AS_OF, ids_of, sources_of
from tests.conftest import ROOT

MANY = 1_000_000
# Each example is a run of Spark: a few large ones say as much as many small ones.
few = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@cache
def configured() -> dict[str, Rule]:
    """The rules of conf/edges.yml."""
    return EdgesConfig.model_validate(read_yaml(ROOT / "conf" / "edges.yml")).rules


def rule_of(relation: str, **changes: Any) -> Any:
    """The relation's rule as configured, with changes."""
    rule = configured()[relation]
    return type(rule).model_validate({**rule.model_dump(), **changes})


def seen_of(spark: SparkSession, *entities: str, **rows: Any) -> Seen:
    """The story's sources; entities given as kind:id are numbered in the order given."""
    return seen_in(sources_of(spark, **rows), ids_of(spark, *entities))


def edges_of(relation: str, seen: Seen, *, population: int = MANY, **changes: Any) -> DataFrame:
    """The relation's edges by its configured rule, with changes."""
    rule = rule_of(relation, **changes)
    if not isinstance(rule, GroupRule):
        summed = summed_facts({relation: FACTS[relation](seen)}, {relation: rule}, as_of=AS_OF)
        return activity_edges(relation, summed, rule, as_of=AS_OF)
    held, rules = held_of(relation, seen, **changes)
    found = pairs.pairs(groups.joined(held, rules, population=population), rules)
    stand = confirmed(relation, found, seen, rule)
    if rule.policy == "virtual":
        virtual = held.where(groups.treatment(rules, population) == "virtual")
        stand = stand.unionByName(pairs.hub_edges(virtual, rules))
    return pairs.group_edges(relation, stand, rule, as_of=AS_OF)


def held_of(relation: str, seen: Seen, **changes: Any) -> tuple[DataFrame, dict[str, GroupRule]]:
    """The relation's groups, and its rule by its name."""
    rule = rule_of(relation, **changes)
    off = {name: configured()[name].model_copy(update={"on": False}) for name in RELATIONS}
    members = members_of(seen, {**off, relation: rule})
    return groups.held(members, {relation: rule}, as_of=AS_OF), {relation: rule}


def told(edges: DataFrame) -> dict[tuple[int, int], int]:
    """Evidence by pair."""
    return {(e["src"], e["dst"]): e["evidence_count"] for e in edges.collect()}
