"""What docs/relations.md says of one relation, in words made of its rule's numbers."""

from __future__ import annotations

from typing import Any

from marketgraph.edges.rules import GroupRule, ImagesRule, NearRule, ReviewRule, Rule, TitlesRule
from marketgraph.tables.relations import Relation

# What a relation pays beyond the exchanges that all of its pass share; tests/edges/test_plans.py counts them.
OWN = {
    "reviewed_product": "one by review and product, so that each counts once",
    "reviewed_merchant": "one by review and merchant, so that each counts once",
    "viewed_merchant": "a join of the views with the listings, by product: one of the views, one of the listings",
    "returned_merchant": "a join of the returns with the listings, by product: one of the returns, one shared",
    "features_same_merchants": "two joins, with contents and with listings: two exchanges each",
    "reviewed_together": "one by product, rating and buyer, summed up before it, and one by product and rating",
    "look_alike_titles": "joins of the pairs with the listings at both ends: one by src, one by dst, one of the titles",
    "look_alike_images": "joins of the pairs with the listings at both ends: one by src, one by dst, one of the hashes",
}


def joins(rule: Rule) -> str:
    """Pairs of kinds, all those of people in few words."""
    people = {"merchant", "creator", "buyer"}
    kinds = {kind for pair in rule.between for kind in pair.split("-")}
    return (
        "any two of merchant, creator, buyer"
        if kinds == people and len(rule.between) == 6
        else ", ".join(rule.between)
    )


def evidence(relation: Relation, rule: Rule) -> str:
    """What is counted, from which number on, and since when."""
    least = f"; a pair needs {rule.min_evidence}" if rule.min_evidence > 1 else ""
    window = f"; facts of the last {rule.window_days:,} days" if rule.window_days else ""
    return f"{relation.tally}{least}{window}"


def weight(rule: Rule) -> str:
    """The formula with the rule's own numbers."""
    counted = "log2(1 + evidence_count)" if rule.evidence == "log" else "evidence_count"
    factor = "similarity" if isinstance(rule, TitlesRule | ImagesRule) else counted
    recency = f" x 2^(-days/{rule.half_life_days:g})" if rule.half_life_days else ""
    mean = "mean of " if isinstance(rule, GroupRule) else ""
    return f"`{factor}{recency} x {mean}1/log2(1 + holders)`"


def hubs(rule: Rule) -> str:
    """The policy in words."""
    if not isinstance(rule, GroupRule):
        return "none: what many have to do with weighs less by its rarity, and nothing is left out"
    what = {
        "drop": "joins nobody",
        "cap": f"joins the {rule.max_holders:,} most recent",
        "inverse": "joins all, each pair weighing as little as its rarity says",
        "virtual": "is a vertex of its own, to which each member is joined",
    }
    said = f"a group of more than {rule.max_holders:,} members {what[rule.policy]} (`{rule.policy}`)"
    if rule.max_share is None:
        return said
    return (
        f"{said}; of more than {rule.max_share:.0%} of all merchants, creators and buyers it is a `sentinel`"
    )


def own_keys(rule: Rule) -> str:
    """Keys that only few relations have, with their values."""
    common = GroupRule.model_fields
    fields = {k: f for k, f in type(rule).model_fields.items() if k not in common}
    return "; ".join(f"`{k}: {shown(getattr(rule, k))}` ({f.description})" for k, f in fields.items())


def exchanges(relation: Relation) -> str:
    """Those of its pass, and its own."""
    shared = "by group and by pair" if relation.grouped else "by pair and by dst"
    return f"{shared}, shared with all {'grouped' if relation.grouped else 'activity'} relations; " + (
        f"of its own {OWN[relation.name]}" if relation.name in OWN else "none of its own"
    )


def cost(rule: Rule) -> str:
    """How many rows it can make."""
    if not isinstance(rule, GroupRule):
        return "a row per fact, and one per pair after the first exchange"
    most = rule.max_holders * (rule.max_holders - 1) // 2
    rows = "a row per member"
    if isinstance(rule, TitlesRule):
        rows = f"{rule.bands} rows per title"
    elif isinstance(rule, ImagesRule):
        rows = f"{rule.max_distance + 1} rows per image"
    elif isinstance(rule, NearRule):
        rows = "two rows per review of these ratings" if isinstance(rule, ReviewRule) else "two rows per act"
    bound = "" if rule.policy == "inverse" else f"at most {most:,} pairs of one group, "
    return f"{rows}; {bound}at most {rule.max_pairs:,} pairs in all (`max_pairs`), else the run is refused"


def shown(value: Any) -> str:
    """A value as a config has it."""
    return (
        str(list(value))
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
