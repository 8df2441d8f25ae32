"""Which builder makes which relation: the one place that knows all their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.bought import bought_merchant_facts, bought_product_facts
from marketgraph.edges.bought_together import bought_together_members
from marketgraph.edges.bursts import bursts_members
from marketgraph.edges.features import features_facts
from marketgraph.edges.features_same_merchants import features_same_merchants_members
from marketgraph.edges.hosts import hosts_facts
from marketgraph.edges.look_alike_images import confirmed_images, image_members
from marketgraph.edges.look_alike_measures import measure_members
from marketgraph.edges.look_alike_titles import confirmed_titles, title_members
from marketgraph.edges.returned import returned_merchant_facts, returned_product_facts
from marketgraph.edges.reviewed import reviewed_merchant_facts, reviewed_product_facts
from marketgraph.edges.reviewed_together import reviewed_together_members
from marketgraph.edges.rules import ImagesRule, NearRule, ReviewRule, Rule, TitlesRule
from marketgraph.edges.same_buyers import same_buyers_members
from marketgraph.edges.seen import Seen
from marketgraph.edges.sells import sells_facts
from marketgraph.edges.shares_identifier import shares_members
from marketgraph.edges.viewed import viewed_merchant_facts, viewed_product_facts
from marketgraph.tables.sources import IDENTIFIER_KINDS

FACTS: dict[str, Callable[[Seen], DataFrame]] = {
    "sells": sells_facts,
    "hosts": hosts_facts,
    "features": features_facts,
    "bought_product": bought_product_facts,
    "bought_merchant": bought_merchant_facts,
    "reviewed_product": reviewed_product_facts,
    "reviewed_merchant": reviewed_merchant_facts,
    "viewed_product": viewed_product_facts,
    "viewed_merchant": viewed_merchant_facts,
    "returned_product": returned_product_facts,
    "returned_merchant": returned_merchant_facts,
}
MEMBERS: dict[str, Callable[..., DataFrame]] = {
    **{f"shares_{kind}": partial(shares_members, kind) for kind in IDENTIFIER_KINDS},
    "bought_together": bought_together_members,
    "same_buyers": same_buyers_members,
    "features_same_merchants": features_same_merchants_members,
    "reviewed_together": reviewed_together_members,
    "bursts": bursts_members,
    "look_alike_titles": title_members,
    "look_alike_images": image_members,
    "look_alike_measures": measure_members,
}


def facts_of(seen: Seen, rules: Mapping[str, Rule]) -> dict[str, DataFrame]:
    """Facts of the activity relations that are on. rules: of all relations."""
    return {name: build(seen) for name, build in FACTS.items() if rules[name].on}


def members_of(seen: Seen, rules: Mapping[str, Rule]) -> dict[str, DataFrame]:
    """Members of the grouped relations that are on. rules: of all relations."""
    return {name: _members(name, seen, rules[name]) for name in MEMBERS if rules[name].on}


def confirmed(relation: str, pairs: DataFrame, seen: Seen, rule: Rule) -> DataFrame:
    """The pairs of a relation that stand once the two are compared; all of a relation that compares nothing."""
    own = pairs.where(F.col("relation") == relation)
    if isinstance(rule, TitlesRule):
        return _as_one(confirmed_titles(own, seen.listings, rule=rule.alike))
    if isinstance(rule, ImagesRule):
        return _as_one(confirmed_images(own, seen.listings, rule=rule.alike))
    return own


def _as_one(compared: DataFrame) -> DataFrame:
    """Two listings are alike once, however many bands they met in; how rare the bands were counts on average."""
    rarity = F.floor(F.col("rarity_units") / F.col("evidence_count"))
    return compared.withColumns({"rarity_units": rarity, "evidence_count": F.lit(1).cast("long")})


def _members(name: str, seen: Seen, rule: Rule) -> DataFrame:
    build = MEMBERS[name]
    if isinstance(rule, TitlesRule | ImagesRule):
        return build(seen.listings, rule=rule.alike)
    if name == "look_alike_measures":
        return build(seen.listings)
    return build(seen, rule) if isinstance(rule, ReviewRule | NearRule) else build(seen)
