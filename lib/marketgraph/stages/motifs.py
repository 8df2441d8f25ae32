"""find_motifs: the instances of each declared motif, the strongest told and all counted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame

from marketgraph.communities.holding import held, left_tidy
from marketgraph.motifs.search import motif_instances, strongest
from marketgraph.motifs.settings import Motif
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.motifs import COUNTS, INSTANCES, MOTIF_TABLES


def find_motifs(work: Work) -> None:
    """Write the strongest instances of each motif, and how many there are of each."""
    spark, choices = work.context.spark, work.config.motifs
    told = [spark.createDataFrame([], INSTANCES.schema)]
    counts: list[tuple[str, str, int, int, str | None]] = []
    with left_tidy(spark):
        for name, motif in choices.motifs.items():
            if motif.untold is not None:
                counts.append((name, "absent", 0, 0, motif.untold))
                continue
            if _lacks_an_edge(work, motif):
                counts.append((name, "none", 0, 0, None))
                continue
            work.context.progress(name)
            instances = held(motif_instances(motif, _edges(work, motif)))
            count = instances.count()
            counts.append(
                (name, "found" if count else "none", count, min(count, choices.most_instances), None)
            )
            if count:
                told.append(strongest(name, motif, instances, most=choices.most_instances))
        rows = spark.createDataFrame(counts, COUNTS.schema).coalesce(1)
        work.write_all(
            {INSTANCES: lambda: reduce(DataFrame.unionByName, told).coalesce(1), COUNTS: lambda: rows}
        )


def _lacks_an_edge(work: Work, motif: Motif) -> bool:
    """Whether an edge of the pattern is of relations that all are empty: then there is nothing to look for."""
    rows = {name: work.context.books.slice(table).rows for name, table in EDGE_TABLES.items()}
    return any(
        not any(rows[told.partition(":")[0]] for told in relations) for relations in motif.edges.values()
    )


def _edges(work: Work, motif: Motif) -> Mapping[str, DataFrame]:
    """The relations that the motif asks for."""
    names = {told.partition(":")[0] for relations in motif.edges.values() for told in relations}
    return {name: work.read(EDGE_TABLES[name]) for name in sorted(names)}


STAGE = Stage(
    name="find_motifs",
    inputs=tuple(EDGE_TABLES.values()),
    outputs=MOTIF_TABLES,
    depends_on=lambda context: context.config.motifs.model_dump(mode="json"),
    build=find_motifs,
)
