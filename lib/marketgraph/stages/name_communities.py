"""name_communities: ids that stay from day to day, what became of the communities of the slice before, and churn."""

from __future__ import annotations

from functools import partial
from typing import Any

from pyspark.sql import DataFrame

from marketgraph.communities.graph import relation_edges
from marketgraph.communities.holding import left_tidy, settled
from marketgraph.communities.lineage import churn_of, lineage_of
from marketgraph.communities.matching import matched
from marketgraph.communities.naming import members_of, names_of, number_new_communities
from marketgraph.communities.overlaps import communities_of, overlaps_of
from marketgraph.stages.append_only import with_new_rows
from marketgraph.stages.communities import chosen_relations
from marketgraph.stages.earlier import named_before
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables.communities import CHURN, COMMUNITY_IDS, LABELS, LINEAGE, MEMBERS
from marketgraph.tables.edges import EDGE_TABLES


def name_communities(work: Work) -> None:
    """Match the communities of the run with those of the slice before, name them, and write what became of whom."""
    told, as_of = work.config.communities.identity, work.run.as_of
    with left_tidy(work.context.spark):
        previous_as_of, before = _before(work)
        now = settled(communities_of(work.read(LABELS), relation_edges(chosen_relations(work))))
        overlaps = overlaps_of(now, before)
        kept = settled(matched(overlaps.pairs, least_share=told.least_share))
        new = settled(overlaps.now.join(kept, "first_vertex", "left_anti").select("first_vertex"))
        number = partial(number_new_communities, new=new, as_of=as_of)
        names = settled(names_of(kept, new, with_new_rows(work, COMMUNITY_IDS, number), as_of=as_of))
        lineage = settled(lineage_of(overlaps, names, told))
        work.write_all(
            {
                MEMBERS: lambda: members_of(now, names),
                LINEAGE: lambda: lineage,
                CHURN: lambda: churn_of(overlaps, names, lineage, previous_as_of=previous_as_of),
            }
        )


def _before(work: Work) -> tuple[Any, DataFrame]:
    """The date before, and who was in which community on it; None and nobody for a first slice."""
    found, store = named_before(work.context), work.context.store
    if found is None:
        return None, work.context.spark.createDataFrame([], MEMBERS.schema)
    day, books = found
    return day, store.read_slice(MEMBERS, books.slice(MEMBERS))


def _depends_on(context: Context) -> list[Any]:
    found, told = named_before(context), context.config.communities
    before = None if found is None else (found[0], found[1].slice(MEMBERS).fingerprint)
    return [told.relations, told.identity.model_dump(mode="json"), before]


STAGE = Stage(
    name="name_communities",
    inputs=(LABELS, *EDGE_TABLES.values()),
    outputs=(COMMUNITY_IDS, MEMBERS, LINEAGE, CHURN),
    depends_on=_depends_on,
    build=name_communities,
)
