"""profile_communities: one row per community, what it is like."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.holding import left_tidy, settled
from marketgraph.communities.profile import Parts, profiles_of
from marketgraph.communities.profile_identifiers import shared_identifiers
from marketgraph.communities.profile_members import entities_of_members, facts_of_members
from marketgraph.communities.profile_money import money_through
from marketgraph.communities.profile_ties import ties_of
from marketgraph.stages.communities import chosen_relations
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables.communities import CHURN, COMMUNITY_IDS, LINEAGE, MEMBERS, PROFILES
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.sources import IDENTIFIERS, ORDER_ITEMS, ORDERS, VIOLATIONS

SOURCES = (IDENTIFIERS, ORDERS, ORDER_ITEMS, VIOLATIONS)


def profile_communities(work: Work) -> None:
    """Write one row per community of two or more vertices."""
    with left_tidy(work.context.spark):
        work.write(PROFILES, profiles_of(_parts(work), as_of=work.run.as_of))


def _parts(work: Work) -> Parts:
    members = work.read(MEMBERS)
    entities = {kind: work.read(table) for kind, table in ENTITY_TABLES.items()}
    named = settled(entities_of_members(members, entities))
    sources = work.read_all(SOURCES)
    relations = sorted({told.partition(":")[0] for told in work.config.communities.relations})
    first = work.read(CHURN).where("previous_as_of is null")
    return Parts(
        facts=facts_of_members(named, sources["violations"]),
        ties=ties_of(members, _weighed_edges(work), relations),
        identifiers=shared_identifiers(named, sources["identifiers"]),
        money=money_through(named, sources["orders"], sources["order_items"], as_of=work.run.as_of),
        lineage=work.read(LINEAGE),
        ids=work.read(COMMUNITY_IDS),
        is_first=not first.isEmpty(),
    )


def _weighed_edges(work: Work) -> DataFrame:
    """(src, dst, relation, weight) of the graph of communities."""
    weighed = [
        edges.select("src", "dst", "relation", (F.col("weight") * factor).alias("weight"))
        for edges, factor in chosen_relations(work)
    ]
    return reduce(DataFrame.unionByName, weighed)


STAGE = Stage(
    name="profile_communities",
    inputs=(*SOURCES, *ENTITY_TABLES.values(), *EDGE_TABLES.values(), COMMUNITY_IDS, MEMBERS, LINEAGE, CHURN),
    outputs=(PROFILES,),
    depends_on=lambda context: context.config.communities.relations,
    build=profile_communities,
)
