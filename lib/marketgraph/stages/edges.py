"""build_edges: one table per relation, how large their groups were, and what the hub policies suppressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from pyspark.sql import DataFrame

from marketgraph.edges import groups, pairs
from marketgraph.edges.activity import activity_edges, summed_facts
from marketgraph.edges.catalogue import confirmed, facts_of, members_of
from marketgraph.edges.estimates import Estimate, estimates, group_sizes, over_budget, refuse
from marketgraph.edges.rules import GroupRule, Rule
from marketgraph.edges.seen import Seen, seen_in
from marketgraph.stages.held import Held
from marketgraph.stages.stage import Context, Work
from marketgraph.tables.entities import ENTITY_TABLES, VERTEX_IDS
from marketgraph.tables.relations import PEOPLE
from marketgraph.tables.sources import SOURCE_TABLES

Builders = dict[str, Callable[[], DataFrame]]


@dataclass(frozen=True)
class Built:
    """What is made of some relations: how to build each one's edges, and the two tables on their groups.

    sizes, suppressed: at the contracts of edges.group_sizes and edges.suppressed; None where none is grouped.
    """

    edges: Builders
    sizes: DataFrame | None
    suppressed: DataFrame | None


def whole(work: Work, seen: Seen, rules: Mapping[str, Rule], held: Held) -> Built:
    """These relations, built from all that is visible. rules: of all relations; those that are off are left out.

    Raises BudgetError, before any pair is made, where a relation would make too many.
    """
    told = facts_of(seen, rules)
    made: Builders = {}
    if told:
        summed = held.frame(summed_facts(told, rules, as_of=work.run.as_of))
        made |= {n: partial(activity_edges, n, summed, rules[n], as_of=work.run.as_of) for n in told}
    members = members_of(seen, rules)
    if not members:
        return Built(made, None, None)
    of_groups = {n: rule for n, rule in rules.items() if n in members and isinstance(rule, GroupRule)}
    grouped = held.frame(groups.held(members, of_groups, as_of=work.run.as_of))
    people = population(work.context)
    sizes = held.frame(group_sizes(grouped))
    refuse(
        over_budget(estimates(sizes.collect(), of_groups, population=people), of_groups), grouped, of_groups
    )
    made |= _group_builders(work, seen, grouped, of_groups, held)
    return Built(made, sizes, groups.suppressed(grouped, of_groups, population=people))


def _group_builders(
    work: Work, seen: Seen, grouped: DataFrame, rules: Mapping[str, GroupRule], held: Held
) -> Builders:
    people = population(work.context)
    found = held.frame(pairs.pairs(groups.joined(grouped, rules, population=people), rules))
    virtual = grouped.where(groups.treatment(rules, people) == "virtual")

    def build(name: str) -> DataFrame:
        stand = confirmed(name, found, seen, rules[name])
        if rules[name].policy == "virtual":
            stand = stand.unionByName(pairs.hub_edges(virtual, rules))
        return pairs.group_edges(name, stand, rules[name], as_of=work.run.as_of)

    return {name: partial(build, name) for name in rules}


def seen_of(work: Work, held: Held) -> Seen:
    """The sources in vertices, with what several relations read held in memory."""
    ids = held.frame(work.read(VERTEX_IDS))
    return kept(seen_in(work.read_all(SOURCE_TABLES), ids), held)


def kept(seen: Seen, held: Held) -> Seen:
    """`seen`, with what several relations read held in memory."""
    names = ("listings", "lines", "reviews", "events")
    return replace(seen, **{name: held.frame(getattr(seen, name)) for name in names})


def population(context: Context) -> int:
    """How many entities of the date could hold an identifier."""
    return sum(context.books.slice(ENTITY_TABLES[kind]).rows for kind in PEOPLE)


def estimate_edges(context: Context) -> tuple[list[Estimate], list[Estimate]]:
    """The estimates of all grouped relations that are on, and those over their budgets, without making a pair.

    Reads what the source and entity stages wrote for the date; writes nothing. Raises StoreError without them.
    """
    work, rules = Work(context, fingerprint=""), context.config.edges.groups
    with Held() as held:
        members = members_of(seen_of(work, held), context.config.edges.rules)
        if not members:
            return [], []
        sizes = group_sizes(groups.held(members, rules, as_of=context.run.as_of)).collect()
    found = estimates(sizes, rules, population=population(context))
    return found, over_budget(found, rules)
