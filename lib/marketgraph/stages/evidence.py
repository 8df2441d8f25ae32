"""collect_evidence: why the top of each ranking stands there."""

from __future__ import annotations

from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities.holding import left_tidy
from marketgraph.evidence.asked import top_of
from marketgraph.evidence.found import Found
from marketgraph.evidence.of_communities import communities_told
from marketgraph.evidence.of_entities import entities_told
from marketgraph.evidence.sources import Sources, Told
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables import Table
from marketgraph.tables.communities import MEMBERS, PROFILES
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.evidence import EVIDENCE_TABLES
from marketgraph.tables.motifs import INSTANCES
from marketgraph.tables.risk import COMMUNITIES, SCORES
from marketgraph.tables.sources import IDENTIFIERS, VIOLATIONS


def collect_evidence(work: Work) -> None:
    """Write the evidence of the top of each ranking of the config's; empty tables where nothing is ranked."""
    spark, config, choices = work.context.spark, work.config, work.config.evidence
    told = Told(config.risk, choices, config.motifs, work.run.as_of)
    every = []
    with left_tidy(spark):
        sources = _sources(work)
        for domain in choices.domains:
            found = Found(domain)
            if domain in config.risk.domains:
                asked = top_of(domain, sources, entities=choices.entities, communities=choices.communities)
                work.context.progress(f"{domain}: {len(asked.entities)} entities")
                entities_told(asked, sources, told, found)
                work.context.progress(f"{domain}: {len(asked.communities)} communities")
                communities_told(asked, sources, told, found)
            every.append(found)
    work.write_all({table: partial(_frame, spark, table, every) for table in EVIDENCE_TABLES})


def _frame(spark: SparkSession, table: Table, every: list[Found]) -> DataFrame:
    rows = [row for found in every for row in found.told(table)]
    return spark.createDataFrame(rows, table.schema).coalesce(1)


def _sources(work: Work) -> Sources:
    return Sources(
        edges=work.read_together(tuple(EDGE_TABLES.values())),
        scores=work.read(SCORES),
        ranked=work.read(COMMUNITIES),
        members=work.read(MEMBERS),
        profiles=work.read(PROFILES),
        instances=work.read(INSTANCES),
        identifiers=work.read(IDENTIFIERS),
        violations=work.read(VIOLATIONS),
        entities={kind: work.read(table) for kind, table in ENTITY_TABLES.items()},
    )


def _depends_on(context: Context) -> dict[str, Any]:
    sections = ("evidence", "motifs", "risk")
    return {name: getattr(context.config, name).model_dump(mode="json") for name in sections}


STAGE = Stage(
    name="collect_evidence",
    inputs=(
        *EDGE_TABLES.values(),
        SCORES,
        COMMUNITIES,
        MEMBERS,
        PROFILES,
        INSTANCES,
        IDENTIFIERS,
        VIOLATIONS,
        *ENTITY_TABLES.values(),
    ),
    outputs=EVIDENCE_TABLES,
    depends_on=_depends_on,
    build=collect_evidence,
)
