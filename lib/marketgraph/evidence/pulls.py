"""What each edge of a vertex brings to it: its term of the walk's fixed point.

risk/walk.py has f = y + (1 - restart) * W D^-1 f. At a vertex v that is f(v) = y(v) + the sum over its ties of
(1 - restart) * f(u) * w(u, v) / D(u): each term is what the tie brings.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.communities.holding import held
from marketgraph.communities.votes import Longs
from marketgraph.evidence.ends import edges_at, ids_in
from marketgraph.evidence.ties import hint_of, pull_of
from marketgraph.risk.settings import Domain

# What edges bring is added up in whole numbers of these: no order of adding changes a bit.
FINE = 1 << 40


def pulls(edges: DataFrame, ids: Longs, scores: DataFrame, domain: Domain, *, restart: float) -> DataFrame:
    """The edges of the vertices `ids`, with what each brings: see `edges_at`, and pull, hint, brings, fine, rank.

    scores: (vertex_id, spread) of the domain. pull: long, in 1/UNITS, 0: no tie of the domain. brings: visits; null for
    no tie, and of a vertex without a score, such as one that stands for a shared value; fine: the same in 1/FINE, 0 for
    null. rank: of the vertex's edges, those that bring most first, then by weight, relation and neighbour. Held until
    `left_tidy` ends. Reads the edges twice: at the vertices, and at their neighbours.
    """
    at = edges_at(edges, ids).withColumns({"pull": pull_of(domain), "hint": hint_of(domain)})
    own = held(at)
    neighbours = ids_in(own.where("pull > 0"), "neighbour")
    near = scores.select(F.col("vertex_id").alias("neighbour"), F.col("spread").alias("theirs"))
    # one score and one degree to a neighbour, many rows to each
    told = own.join(degrees(edges, neighbours, domain), "neighbour", "left").join(near, "neighbour", "left")
    visits = F.col("theirs") / (1 - F.col("theirs"))
    brings = F.when(F.col("pull") > 0, (1 - restart) * visits * F.col("pull") / F.col("degree"))
    first = Window.partitionBy("vertex_id").orderBy(
        F.desc_nulls_last("brings"), F.desc("weight"), "relation", "neighbour"
    )
    fine = F.coalesce(F.rint(F.col("brings") * FINE).cast("long"), F.lit(0))
    counted = told.withColumn("brings", brings).withColumn("fine", fine)
    return held(counted.withColumn("rank", F.row_number().over(first)).drop("theirs", "degree"))


def degrees(edges: DataFrame, ids: Longs, domain: Domain) -> DataFrame:
    """The weight of all ties of these vertices: (neighbour, degree), in 1/UNITS. One shuffle by vertex."""
    at = edges_at(edges, ids).select(F.col("vertex_id").alias("neighbour"), pull_of(domain).alias("pull"))
    return at.groupBy("neighbour").agg(F.sum("pull").alias("degree"))
