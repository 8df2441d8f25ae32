"""find_communities: labels and components of the graph that the chosen relations make."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame

from marketgraph.communities.graph import between_kinds, named_by_smallest, relation_edges
from marketgraph.communities.holding import left_tidy
from marketgraph.communities.labels import Means, component_of_vertices, label_vertices, prepared
from marketgraph.communities.report_tables import iterations_table, partition_table
from marketgraph.communities.warm_start import initial_labels
from marketgraph.slices import Slice
from marketgraph.stages.earlier import named_before
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables import Table
from marketgraph.tables.communities import COMPONENTS, ITERATIONS, LABELS, PARTITION
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES


def find_communities(work: Work) -> None:
    """Write the label and the component of every entity of the run, and how the labels were found."""
    told = work.config.communities
    means = Means(told.engine, told.algorithm, told.exchange)
    kinds = [work.read(table).select("vertex_id") for table in ENTITY_TABLES.values()]
    vertices = reduce(DataFrame.unionByName, kinds).cache()
    edges = relation_edges(chosen_relations(work)).cache()
    with left_tidy(work.context.spark):
        graph = prepared(edges, told.propagation, means)
        begins = _initial(work, edges)
        labels, report = label_vertices(
            vertices, graph, told.propagation, means=means, watch=work.watch, initial=begins
        )
        if _has_hubs(work):
            # a vertex that stands for a value can't name a community of entities
            labels = named_by_smallest(labels, min_size=1)
        work.write_all(
            {
                LABELS: lambda: labels,
                COMPONENTS: lambda: component_of_vertices(vertices, graph, means=means),
                ITERATIONS: lambda: iterations_table(work.context.spark, report),
                PARTITION: lambda: partition_table(work.context.spark, report),
            }
        )
    edges.unpersist()
    vertices.unpersist()


def _initial(work: Work, edges: DataFrame) -> DataFrame | None:
    """With a warm start the labels of the slice before, for the vertices that it knows."""
    before = _begins_from(work.context)
    return None if before is None else initial_labels(edges, work.context.store.read_slice(LABELS, before))


def _begins_from(context: Context) -> Slice | None:
    found = named_before(context) if context.config.communities.warm_start else None
    return None if found is None else found[1].slice(LABELS)


def _depends_on(context: Context) -> list[Any]:
    told = context.config.communities.model_dump(mode="json", exclude={"exchange", "identity"})
    before = _begins_from(context)
    return [told, None if before is None else (before.as_of, before.fingerprint)]


def _has_hubs(work: Work) -> bool:
    chosen = {told.partition(":")[0] for told in work.config.communities.relations}
    return any(rule.policy == "virtual" for name, rule in work.config.edges.groups.items() if name in chosen)


def chosen_relations(work: Work) -> Iterator[tuple[DataFrame, float]]:
    """The edges of the config's relations, `name` or `name:kind-kind`, with the factor that some have in common."""
    alike: dict[tuple[float, str], list[Table]] = {}
    for told, factor in work.config.communities.relations.items():
        name, _, pair = told.partition(":")
        alike.setdefault((factor, pair), []).append(EDGE_TABLES[name])
    for (factor, pair), tables in alike.items():
        yield between_kinds(work.read_together(tables), pair), factor


STAGE = Stage(
    name="find_communities",
    inputs=(*ENTITY_TABLES.values(), *EDGE_TABLES.values()),
    outputs=(LABELS, COMPONENTS, ITERATIONS, PARTITION),
    depends_on=_depends_on,
    build=find_communities,
)
