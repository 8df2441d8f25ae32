"""The facts that reason codes are declared over, of a few subjects: name -> number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.votes import Longs
from marketgraph.evidence.ends import edges_at, id_frame, ids_in
from marketgraph.evidence.reasons import LOOK_ALIKES, Edges, Reason, motif_fact
from marketgraph.evidence.sources import Sources, Told, of_vertices
from marketgraph.sources.visibility import midnight

Facts = dict[int, dict[str, float]]
_BEGAN = ("registered_at", "joined_at", "listed_at", "started_at", "first_activity")
_SECONDS_A_DAY = 86_400


def entity_facts(
    ids: Longs, edges: DataFrame, reasons: Iterable[Reason], sources: Sources, told: Told
) -> Facts:
    """The facts of entities, but for `hops`, which paths tell.

    edges: from `edges_at`, of these vertices. Reads the entity tables, the scores that are seeds, motifs.instances and,
    for merchants, the look-alike edges of their products.
    """
    found: Facts = defaultdict(dict)
    violators = sources.violators()
    for vertex in sorted(set(ids.tolist()) & set(violators.tolist())):
        found[vertex]["known"] = 1
    known = F.broadcast(
        id_frame(edges, violators).withColumnRenamed("vertex_id", "neighbour").withColumn("seed", F.lit(True))
    )
    # at most one row to each edge
    seen = edges.join(known, "neighbour", "left")
    _put(found, _counted(seen, reasons, "entity", key="vertex_id"))
    _put(found, _ages(ids, sources, told))
    _put(found, _copied(edges, sources))
    alone = id_frame(edges, ids).withColumn("subject_id", F.col("vertex_id"))
    _put(found, _motifs(sources.instances, alone, least=1))
    for facts in found.values():
        if facts.get("lines") and "age_days" in facts:
            facts["lines_a_day"] = facts["lines"] / max(1.0, facts["age_days"])
    return found


def community_facts(
    members: DataFrame, within: DataFrame, reasons: Iterable[Reason], sources: Sources, domain: str
) -> Facts:
    """The facts of communities. members: (vertex_id, community_id); within: their inner edges, with community_id."""
    found: Facts = defaultdict(dict)
    ids = ids_in(members, "community_id")
    inner = within.withColumn("seed", F.lit(None).cast("boolean"))  # no reason of a community asks for it
    _put(found, _counted(inner, reasons, "community", key="community_id"))
    profiles = of_vertices(sources.profiles, ids, "community_id").collect()
    for row in profiles:
        money = row["money_within_30d"] / row["money_30d"] if row["money_30d"] else 0.0
        found[row["community_id"]] |= {"size": row["size"], "density": row["density"], "money_within": money}
    ranked = of_vertices(sources.ranked, ids, "community_id").where(F.col("domain") == domain)
    for row in ranked.select("community_id", "seeds").collect():
        found[row["community_id"]]["seeds"] = row["seeds"]
    _put(found, _motifs(sources.instances, members.withColumnRenamed("community_id", "subject_id"), least=2))
    return found


def _put(found: Facts, rows: Iterable[tuple[int, Mapping[str, float]]]) -> None:
    for subject, facts in rows:
        found[subject] |= facts


def _counted(
    edges: DataFrame, reasons: Iterable[Reason], subject: str, *, key: str
) -> list[tuple[int, Mapping[str, float]]]:
    """For each subject the counts of edges that reasons ask for, those above 0."""
    asked = {r.counted: r.edges for r in reasons if r.edges is not None and r.subject == subject}
    counts = [F.count_if(_is(rule)).alias(str(name)) for name, rule in asked.items()]
    lines = F.when(
        (F.col("relation") == "bought_merchant") & (F.col("kind") == "merchant"), F.col("evidence_count")
    )
    rows = edges.groupBy(key).agg(*counts, F.sum(lines).alias("lines")).collect()
    names = [*map(str, asked), "lines"]
    return [(row[key], {name: float(row[name]) for name in names if row[name]}) for row in rows]


def _is(rule: Edges) -> Column:
    told = [F.col("relation").isin(*rule.relations), F.col("evidence_count") >= rule.evidence]
    if rule.kinds:
        told.append(F.col("kind").isin(*rule.kinds))
    if rule.neighbours:
        told.append(F.col("neighbour_kind").isin(*rule.neighbours))
    if rule.known:
        told.append(F.coalesce("seed", F.lit(False)))
    return reduce(Column.__and__, told)


def _ages(ids: Longs, sources: Sources, told: Told) -> list[tuple[int, Mapping[str, float]]]:
    """Days since each began, by the first of the times that its kind has and that is known."""
    kinds = []
    for table in sources.entities.values():
        began = F.coalesce(*[F.col(name) for name in _BEGAN if name in table.columns])
        kinds.append(of_vertices(table, ids).select("vertex_id", began.alias("began")))
    days = (F.unix_seconds(midnight(told.as_of)) - F.unix_seconds("began")) / _SECONDS_A_DAY
    rows = (
        reduce(DataFrame.unionByName, kinds).select("vertex_id", days.alias("days")).where("days is not null")
    )
    return [(row["vertex_id"], {"age_days": row["days"]}) for row in rows.collect()]


def _copied(edges: DataFrame, sources: Sources) -> list[tuple[int, Mapping[str, float]]]:
    """Products of each merchant among these that nearly repeat another's."""
    sold = edges.where((F.col("relation") == "sells") & (F.col("kind") == "merchant"))
    products = ids_in(sold, "neighbour")
    if not products.size:
        return []
    alike = edges_at(sources.edges.where(F.col("relation").isin(*LOOK_ALIKES)), products)
    copied = alike.select(F.col("vertex_id").alias("neighbour")).distinct()
    # one row to a product at most
    rows = sold.join(F.broadcast(copied), "neighbour", "inner").groupBy("vertex_id").count().collect()
    return [(row["vertex_id"], {"copied": float(row["count"])}) for row in rows]


def _motifs(instances: DataFrame, members: DataFrame, *, least: int) -> list[tuple[int, Mapping[str, float]]]:
    """Instances that have `least` of a subject's members: (vertex_id, subject_id)."""
    posed = instances.select("motif", "rank", F.explode("vertices").alias("vertex_id"))
    # a vertex has one row for each instance that it is in, and one subject
    inside = (
        posed.join(F.broadcast(members), "vertex_id", "inner").groupBy("subject_id", "motif", "rank").count()
    )
    rows = inside.where(F.col("count") >= least).groupBy("subject_id", "motif").count().collect()
    return [(row["subject_id"], {motif_fact(row["motif"]): float(row["count"])}) for row in rows]
