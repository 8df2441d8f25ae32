"""build_risk: how risk spreads from known violations, for each vertex and each community."""

from __future__ import annotations

from functools import partial, reduce

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.holding import left_tidy
from marketgraph.communities.votes import Longs
from marketgraph.risk.communities import community_scores
from marketgraph.risk.scores import calibration_table, scores_table
from marketgraph.risk.scoring import DomainRisk, risk_of
from marketgraph.risk.seeds import known_seeds
from marketgraph.risk.walk import Step
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables.communities import MEMBERS
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.risk import CALIBRATION, COMMUNITIES, RISK_TABLES, SCORES
from marketgraph.tables.sources import VIOLATIONS


def build_risk(work: Work) -> None:
    """Write the scores of vertices and communities, and how good they are; empty tables where no violation is known."""
    if not work.config.risk.domains:
        _write_nothing(work, "the config has no risk domains")
        return
    entities = named_vertices(work, *ENTITY_TABLES).cache()
    seeds = known_seeds(work.read(VIOLATIONS), entities, work.config.risk, as_of=work.run.as_of).cache()
    if seeds.isEmpty():
        _write_nothing(work, f"no violation of any domain is known before {work.run.as_of}")
    else:
        with left_tidy(work.context.spark):
            ids = _ids(entities)
            _write(work, _found(work, ids, seeds), ids)
    for frame in (seeds, entities):
        frame.unpersist()


def _write_nothing(work: Work, why: str) -> None:
    work.context.warn(f"{why}: risk.scores, risk.communities and risk.calibration are empty")
    spark = work.context.spark
    work.write_all({table: partial(spark.createDataFrame, [], table.schema) for table in RISK_TABLES})


def named_vertices(work: Work, *kinds: str) -> DataFrame:
    """The run's entities of these kinds: (entity_kind, entity_id, vertex_id)."""
    named = [
        work.read(ENTITY_TABLES[kind]).select(
            F.lit(kind).alias("entity_kind"), F.col(f"{kind}_id").alias("entity_id"), "vertex_id"
        )
        for kind in kinds
    ]
    return reduce(DataFrame.unionAll, named)


def community_members(work: Work) -> DataFrame:
    """The run's communities by their vertices: (vertex_id, community_id)."""
    return work.read(MEMBERS)


def _found(work: Work, ids: Longs, seeds: DataFrame) -> list[DomainRisk]:
    def watch(step: Step) -> None:
        work.context.progress(f"round {step.iteration}: {step.columns} walks go on")

    edges = {name: work.read(table) for name, table in EDGE_TABLES.items()}
    how = work.config.communities.exchange
    return risk_of(ids, edges, seeds, work.config.risk, how=how, watch=watch)


def _write(work: Work, found: list[DomainRisk], ids: Longs) -> None:
    spark = work.context.spark
    scores = scores_table(spark, ids, [one.scores for one in found]).cache()
    qualities = [(one.domain, one.spread, one.quality) for one in found]
    choices = work.config.risk.communities
    work.write_all(
        {
            SCORES: lambda: scores,
            COMMUNITIES: lambda: community_scores(scores, community_members(work), choices),
            CALIBRATION: lambda: calibration_table(spark, qualities),
        }
    )
    scores.unpersist()


def _ids(entities: DataFrame) -> Longs:
    """The ids of all entities, ascending, on the driver: 8 bytes each."""
    found: Longs = np.sort(entities.select("vertex_id").toPandas()["vertex_id"].to_numpy(np.int64))
    return found


def _ahead() -> None:
    import sklearn.isotonic
    import sklearn.linear_model
    import sklearn.metrics  # noqa: F401


STAGE = Stage(
    name="build_risk",
    inputs=(VIOLATIONS, *ENTITY_TABLES.values(), *EDGE_TABLES.values(), MEMBERS),
    outputs=RISK_TABLES,
    depends_on=lambda context: context.config.risk.model_dump(mode="json", exclude={"budget_mb"}),
    build=build_risk,
    ahead=_ahead,
)
