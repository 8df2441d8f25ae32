"""build_edges: the stage. It goes on from the edges of a day before where it can, and else builds them whole."""

from __future__ import annotations

from functools import partial, reduce

from pyspark.sql import DataFrame

from marketgraph.communities.holding import left_tidy
from marketgraph.edges.rules import Rule
from marketgraph.stages.edges import Built, seen_of, whole
from marketgraph.stages.edges_since import before, merged
from marketgraph.stages.held import Held
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables import Table
from marketgraph.tables.edges import EDGE_TABLES, GROUP_SIZES, SUPPRESSED
from marketgraph.tables.entities import ENTITY_TABLES, VERTEX_IDS
from marketgraph.tables.sources import SOURCE_TABLES


def build_edges(work: Work) -> None:
    """Write one slice per relation, the sizes of groups and the audit; the same rows whichever way they are made."""
    with left_tidy(work.context.spark), Held() as held:
        parts = _parts(work, held)
        edges = {name: build for part in parts for name, build in part.edges.items()}
        empty = work.context.spark.createDataFrame
        tables = {t: edges.get(n, partial(empty, [], t.schema)) for n, t in EDGE_TABLES.items()}
        sizes = [part.sizes for part in parts if part.sizes is not None]
        audits = [part.suppressed for part in parts if part.suppressed is not None]
        work.write_all(
            {
                **tables,
                GROUP_SIZES: partial(_all, GROUP_SIZES, sizes, work),
                SUPPRESSED: partial(_all, SUPPRESSED, audits, work),
            }
        )


def _parts(work: Work, held: Held) -> list[Built]:
    rules = work.config.edges.rules
    earlier = None if work.context.whole else before(work, STAGE, held)
    if earlier is None:
        return [whole(work, seen_of(work, held), rules, held)]
    done = merged(work, earlier, held)
    rest: dict[str, Rule] = {
        n: rule.model_copy(update={"on": False}) if n in done.edges else rule for n, rule in rules.items()
    }
    return [done, whole(work, seen_of(work, held), rest, held)]


def _all(table: Table, frames: list[DataFrame], work: Work) -> DataFrame:
    if not frames:
        return work.context.spark.createDataFrame([], table.schema)
    return reduce(DataFrame.unionByName, frames)


STAGE = Stage(
    name="build_edges",
    inputs=(*SOURCE_TABLES, VERTEX_IDS, *ENTITY_TABLES.values()),
    outputs=(*EDGE_TABLES.values(), GROUP_SIZES, SUPPRESSED),
    depends_on=lambda context: context.config.edges.model_dump(mode="json"),
    build=build_edges,
)
