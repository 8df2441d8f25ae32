"""Ties: the edges of all domains as one graph, in which an edge carries its weight and the number of its relation.

A domain's factors are applied where the blocks are, so that one packed graph and one pass serve all domains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.graph import between_kinds
from marketgraph.communities.votes import UNITS
from marketgraph.risk.settings import Domain

CODES = 256  # an edge's vote is its weight in units times CODES, plus the number of its tie
MOST_UNITS = 1 << 44  # a larger weight, 16 million, counts as that: times CODES it is still exact as a double
Floats = npt.NDArray[np.float64]
Key = tuple[str, int]  # relation, or relation:kind-kind, and least evidence


@dataclass(frozen=True)
class TieBook:
    """Which ties there are, by number, and by what each domain multiplies their weights: (ties, domains)."""

    keys: tuple[Key, ...]
    factors: Floats

    @property
    def relations(self) -> tuple[str, ...]:
        """Names of the relations whose edges are asked for."""
        return tuple(dict.fromkeys(name.partition(":")[0] for name, _ in self.keys))


def tie_book(domains: Mapping[str, Domain]) -> TieBook:
    """The ties of all domains. A tie that a domain does not have has a factor of 0 there."""
    told = [
        {(name, tie.min_evidence): tie.factor for name, tie in d.relations.items()} for d in domains.values()
    ]
    keys = tuple(sorted({key for ties in told for key in ties}))
    factors = [[ties.get(key, 0.0) for ties in told] for key in keys]
    return TieBook(keys, np.array(factors, np.float64).reshape(len(keys), len(told)))


def coded_ties(edges: Mapping[str, DataFrame], book: TieBook) -> DataFrame:
    """All edges as (src, dst, weight), the weight such that its vote, in units of 2^-20, is coded.

    edges: by relation, at the contracts of the edge tables. An edge that two ties ask for has a row for each.
    """
    rows = [_coded(edges, key, code) for code, key in enumerate(book.keys)]
    return reduce(DataFrame.unionByName, rows)


def _coded(edges: Mapping[str, DataFrame], key: Key, code: int) -> DataFrame:
    units = F.least(F.rint(F.col("weight") * UNITS), F.lit(float(MOST_UNITS)))
    vote = (units * CODES + code) / UNITS
    return tied(edges, key).where("src <> dst").select("src", "dst", vote.alias("weight"))


def tied(edges: Mapping[str, DataFrame], key: Key) -> DataFrame:
    """The edges of one tie."""
    name, _, pair = key[0].partition(":")
    found = between_kinds(edges[name], pair)
    return found if key[1] == 1 else found.where(F.col("evidence_count") >= key[1])


def hinted(edges: Mapping[str, DataFrame], domains: Mapping[str, Domain]) -> DataFrame | None:
    """One row per vertex and domain with an edge that is suspicious by itself: (vertex_id, domain, weight); or None."""
    told = [
        tied(edges, (relation, 1)).select(
            F.explode(F.array("src", "dst")).alias("vertex_id"),
            F.lit(name).alias("domain"),
            F.lit(float(worth)).alias("weight"),
        )
        for name, domain in domains.items()
        for relation, worth in domain.hints.items()
    ]
    if not told:
        return None
    every = reduce(DataFrame.unionByName, told)
    return every.groupBy("vertex_id", "domain").agg(F.max("weight").alias("weight"))
