"""The edges of a date by what has come since an earlier one, where that gives what building them whole would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial, reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.books import Books
from marketgraph.edges import additive, groups, pairs
from marketgraph.edges.catalogue import facts_of, members_of
from marketgraph.edges.estimates import estimates, group_sizes, over_budget
from marketgraph.edges.rules import GroupRule, Rule
from marketgraph.edges.seen import Seen, seen_in
from marketgraph.edges.touched import touched_sources
from marketgraph.sources.arrivals import as_seen_before, unlike, with_arrivals
from marketgraph.stages.earlier import days_before
from marketgraph.stages.edges import Builders, Built, population
from marketgraph.stages.held import Held
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables import Table
from marketgraph.tables.edges import EDGE_TABLES, GROUP_SIZES, SUPPRESSED
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.relations import RELATIONS
from marketgraph.tables.sources import ORDER_ITEMS, SOURCE_TABLES

# Of more days more is new than old, and building whole is quicker.
MOST_DAYS = 7
# Of fewer edges all are built in less time than it takes to find out what is new: it was slower at the largest number
# that was measured, 15 million (docs/decisions/0010).
LEAST_EDGES = 100_000_000
_MADE_OF = {source for relation in RELATIONS.values() for source in relation.sources}
MADE_OF = tuple(table for table in SOURCE_TABLES if table.name in _MADE_OF)


@dataclass(frozen=True)
class Before:
    """An earlier date whose edges this code made by these rules, of sources that are what today's were then."""

    as_of: date
    books: Books
    told: dict[str, DataFrame]


def before(work: Work, stage: Stage, held: Held) -> Before | None:
    """The date to go on from; None where there is none, or where what was visible then has changed since."""
    context = work.context
    tables = (*stage.inputs_of(context.config), *stage.outputs_of(context.config))
    for day in _days_before(context):
        books = Books(context.store, day)
        then = replace(context, run=replace(context.run, as_of=day), books=books)
        if not all(books.has(table) for table in tables):
            continue
        fingerprint = stage.fingerprint(then)
        if not all(books.stands(table, fingerprint) for table in stage.outputs_of(context.config)):
            continue
        if sum(books.slice(table).rows for table in EDGE_TABLES.values()) < LEAST_EDGES:
            return None
        if any(context.store.was_rewritten(table, books.slice(table)) for table in tables):
            continue  # its edges may count facts of what was erased
        told = with_arrivals(work.read_all(SOURCE_TABLES), day, held.small)
        seen = {table.name: as_seen_before(told[table.name], table, day) for table in MADE_OF}
        stored = {table.name: context.store.read_slice(table, books.slice(table)) for table in MADE_OF}
        return None if unlike(seen, stored, MADE_OF) else Before(day, books, told)
    return None


def merged(work: Work, earlier: Before, held: Held) -> Built:
    """The relations whose edges can be merged with those of the earlier date; the others are to be built whole."""
    rules = {n: r for n, r in work.config.edges.rules.items() if r.on and additive.is_additive(n, r)}
    asked = {n: rules.get(n, r.model_copy(update={"on": False})) for n, r in work.config.edges.rules.items()}
    now, then = _seen_twice(work, earlier, held)
    facts_now, facts_then = facts_of(now, asked), facts_of(then, asked)
    made: Builders = {}
    if facts_now:
        facts = held.small(additive.changed(_all(facts_now), _all(facts_then)))
        made = _activities(work, earlier, facts, rules, held)
    of_groups = {n: r for n, r in rules.items() if isinstance(r, GroupRule)}
    if not of_groups:
        return Built(made, None, None)
    return _with_groups(
        work, earlier, (members_of(now, asked), members_of(then, asked)), of_groups, made, held
    )


def _activities(
    work: Work, earlier: Before, facts: DataFrame, rules: Mapping[str, Rule], held: Held
) -> Builders:
    lost = additive.unmergeable_facts(facts)
    names = [n for n, rule in rules.items() if not isinstance(rule, GroupRule) and n not in lost]
    if not names:
        return {}
    by_pair = held.small(additive.facts_by_pair(facts.where(F.col("relation").isin(names))))
    bases = {n: _stored(work, earlier, EDGE_TABLES[n]) for n in names}
    states = _all({n: additive.activity_state(n, base) for n, base in bases.items()})
    updated = held.small(additive.updated_activity(states, by_pair))
    holders = held.small(additive.holders_now(states, updated))
    as_of = work.run.as_of
    return {
        n: partial(additive.merged_activity, n, base, updated, holders, rules[n], as_of=as_of)
        for n, base in bases.items()
    }


def _with_groups(
    work: Work,
    earlier: Before,
    members: tuple[dict[str, DataFrame], dict[str, DataFrame]],
    rules: Mapping[str, GroupRule],
    made: Builders,
    held: Held,
) -> Built:
    people = population(work.context)
    dates = (work.run.as_of, earlier.as_of)
    both = [held.small(groups.held(m, rules, as_of=day)) for m, day in zip(members, dates, strict=True)]
    keys = held.small(_changed_keys(*both))
    now, then = [held.small(side.join(keys, ["relation", "key"], "left_semi")) for side in both]
    met = [pairs.meetings(groups.joined(side, rules, population=people), rules) for side in (now, then)]
    change = held.small(additive.changed(*met))
    lost = additive.unmergeable_meetings(change)
    sizes = held.small(
        _merged_sizes(_stored(work, earlier, GROUP_SIZES), group_sizes(now), group_sizes(then))
    )
    # what is over its budget is built whole, which refuses it by name
    over = over_budget(estimates(sizes.collect(), rules, population=people), rules)
    names = [n for n in rules if n not in lost | {one.relation for one in over}]
    is_ours = F.col("relation").isin(names)
    kept_audit = _stored(work, earlier, SUPPRESSED).where(is_ours)
    return Built(
        {**made, **_group_edges(work, earlier, change.where(is_ours), {n: rules[n] for n in names}, held)},
        sizes.where(is_ours),
        _merged_audit(kept_audit, keys, now.where(is_ours), rules, people),
    )


def _group_edges(
    work: Work, earlier: Before, change: DataFrame, rules: Mapping[str, GroupRule], held: Held
) -> Builders:
    if not rules:
        return {}
    by_pair = held.small(pairs.named(additive.meetings_by_pair(change)))
    bases = {n: _stored(work, earlier, EDGE_TABLES[n]) for n in rules}
    states = _all({n: additive.group_state(n, base) for n, base in bases.items()})
    updated = held.small(additive.updated_group(states, by_pair))
    as_of = work.run.as_of
    return {
        n: partial(additive.merged_group, n, base, updated, rules[n], as_of=as_of)
        for n, base in bases.items()
    }


def _seen_twice(work: Work, earlier: Before, held: Held) -> tuple[Seen, Seen]:
    """What the touched relations are made of: now, and as the earlier date saw it."""
    ids = held.small(work.read(VERTEX_IDS))
    touched = touched_sources(earlier.told, held.small)
    past = {table.name: as_seen_before(touched[table.name], table, earlier.as_of) for table in MADE_OF}
    all_now = earlier.told[ORDER_ITEMS.name]
    all_then = as_seen_before(all_now, ORDER_ITEMS, earlier.as_of)
    now = seen_in(touched, ids, all_items=all_now)
    return _small(now, held), _small(seen_in(past, ids, all_items=all_then), held)


def _small(seen: Seen, held: Held) -> Seen:
    names = ("listings", "lines", "reviews", "events", "featured", "identifiers")
    return replace(seen, **{name: held.small(getattr(seen, name)) for name in names})


def _changed_keys(now: DataFrame, then: DataFrame) -> DataFrame:
    """(relation, key) of the groups whose members differ, in who they are or since when."""
    told = ("vertex", "kind", "owner", "echo", "first_seen", "last_seen", "counts")
    hashes = F.expr(f"bit_xor(xxhash64({', '.join(told)}))")

    def summed(side: DataFrame, name: str) -> DataFrame:
        return side.groupBy("relation", "key").agg(F.struct(F.count(F.lit(1)), hashes).alias(name))

    both = summed(now, "now").join(summed(then, "then"), ["relation", "key"], "full_outer")
    return both.where(~F.col("now").eqNullSafe(F.col("then"))).select("relation", "key")


def _merged_sizes(base: DataFrame, now: DataFrame, then: DataFrame) -> DataFrame:
    gone = then.withColumn("groups", -F.col("groups"))
    summed = (
        base.unionByName(now)
        .unionByName(gone)
        .groupBy("relation", "holders")
        .agg(F.sum("groups").alias("groups"))
    )
    return GROUP_SIZES.conform(summed.where("groups > 0"))


def _merged_audit(
    base: DataFrame, keys: DataFrame, now: DataFrame, rules: Mapping[str, GroupRule], people: int
) -> DataFrame:
    """What was suppressed of groups that did not change, by today's number of entities, and of those that did."""
    stale = keys.select("relation", groups.shown_key().alias("value"))
    same = base.join(stale, ["relation", "value"], "left_anti")
    # all that the audit asks of a group is its name and its holders
    again = groups.suppressed(same.withColumn("key", F.col("value")), rules, population=people)
    return again.unionByName(groups.suppressed(now, rules, population=people))


def _stored(work: Work, earlier: Before, table: Table) -> DataFrame:
    return work.context.store.read_slice(table, earlier.books.slice(table))


def _all(frames: Mapping[str, DataFrame]) -> DataFrame:
    return reduce(DataFrame.unionByName, frames.values())


def _days_before(context: Context) -> list[date]:
    """The dates within MOST_DAYS before the run's that something was written for, the latest first."""
    return days_before(context, MOST_DAYS)
