"""build_edges: one table per relation, how large their groups were, and what the hub policies suppressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from marketgraph.edges import groups, pairs
from marketgraph.edges.activity import activity_edges, summed_facts
from marketgraph.edges.catalogue import confirmed, facts_of, members_of
from marketgraph.edges.estimates import estimates, over_budget, refuse
from marketgraph.edges.seen import Seen, seen_in
from marketgraph.stages.held import Held
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables.edges import EDGE_TABLES, ESTIMATES, SUPPRESSED
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.relations import GROUPED, PEOPLE
from marketgraph.tables.sources import SOURCE_TABLES

Builders = dict[str, Callable[[], DataFrame]]


def build_edges(work: Work) -> None:
    """Write the estimates, then, unless a relation is over its budget, one slice per relation and the audit."""
    with Held() as held:
        seen, ids = seen_of(work, held)
        people = population(ids)
        rules = work.config.edges.groups
        members = members_of(seen, work.config.edges.rules)
        grouped = held.frame(groups.held(members, rules, as_of=work.run.as_of)) if members else None
        sizes = estimates(grouped, rules, population=people).collect() if grouped is not None else []
        work.write(ESTIMATES, work.context.spark.createDataFrame(sizes, ESTIMATES.schema))
        if grouped is not None:
            refuse(over_budget(sizes, rules), grouped, rules)
        tables = {
            **_activities(work, seen, held),
            **_groups(work, seen, grouped, people, held),
        }
        empty = work.context.spark.createDataFrame
        builders = {
            table: tables.get(name, partial(empty, [], table.schema)) for name, table in EDGE_TABLES.items()
        }
        work.write_all({**builders, SUPPRESSED: partial(_suppressed, work, grouped, people)})


def seen_of(work: Work, held: Held) -> tuple[Seen, DataFrame]:
    """The sources in vertices, what several relations read held in memory; and the id map."""
    ids = held.frame(work.read(VERTEX_IDS))
    seen = seen_in(work.read_all(SOURCE_TABLES), ids)
    return replace(
        seen, **{name: held.frame(getattr(seen, name)) for name in ("listings", "lines", "reviews", "events")}
    ), ids


def population(vertex_ids: DataFrame) -> int:
    """How many entities could hold an identifier."""
    return vertex_ids.where(F.col("entity_kind").isin(list(PEOPLE))).count()


def estimate_edges(context: Context) -> tuple[list[Row], list[Row]]:
    """The estimates of all grouped relations that are on, and those over their budgets, without making a pair.

    Reads what the source and entity stages wrote for the date; writes nothing. Raises StoreError without them.
    """
    work, rules = Work(context, fingerprint=""), context.config.edges.groups
    with Held() as held:
        seen, ids = seen_of(work, held)
        members = members_of(seen, context.config.edges.rules)
        if not members:
            return [], []
        grouped = groups.held(members, rules, as_of=context.run.as_of)
        found = estimates(grouped, rules, population=population(ids)).collect()
    return found, over_budget(found, rules)


def _activities(work: Work, seen: Seen, held: Held) -> Builders:
    rules, as_of = work.config.edges.rules, work.run.as_of
    told = facts_of(seen, rules)
    if not told:
        return {}
    summed = held.frame(summed_facts(told, rules, as_of=as_of))
    return {name: partial(activity_edges, name, summed, rules[name], as_of=as_of) for name in told}


def _groups(work: Work, seen: Seen, grouped: DataFrame | None, people: int, held: Held) -> Builders:
    rules, as_of = work.config.edges.groups, work.run.as_of
    if grouped is None:
        return {}
    found = held.frame(pairs.pairs(groups.joined(grouped, rules, population=people), rules))
    virtual = grouped.where(groups.treatment(rules, people) == "virtual")

    def build(name: str) -> DataFrame:
        rule = rules[name]
        stand = confirmed(name, found, seen, rule)
        if rule.policy == "virtual":
            stand = stand.unionByName(pairs.hub_edges(virtual))
        return pairs.group_edges(name, stand, rule, as_of=as_of)

    return {name: partial(build, name) for name in GROUPED if name in rules}


def _suppressed(work: Work, grouped: DataFrame | None, people: int) -> DataFrame:
    if grouped is None:
        return work.context.spark.createDataFrame([], SUPPRESSED.schema)
    return groups.suppressed(grouped, work.config.edges.groups, population=people)


STAGE = Stage(
    name="build_edges",
    inputs=(*SOURCE_TABLES, VERTEX_IDS),
    outputs=(*EDGE_TABLES.values(), ESTIMATES, SUPPRESSED),
    depends_on=lambda context: context.config.edges.model_dump(mode="json"),
    build=build_edges,
)
