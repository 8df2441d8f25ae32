"""find_communities: labels and components of the graph that the chosen relations make."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame

from marketgraph.communities.graph import undirected_edges
from marketgraph.communities.graphframes_engine import left_tidy
from marketgraph.communities.labels import component_of_vertices, label_vertices, prepared
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables.communities import COMPONENTS, LABELS
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES


def find_communities(work: Work) -> None:
    """Write the label and the component of every entity of the run."""
    settings = work.config.communities
    kinds = [work.read(table).select("vertex_id") for table in ENTITY_TABLES.values()]
    vertices = reduce(DataFrame.unionByName, kinds).cache()
    edges = undirected_edges(work.read(EDGE_TABLES[relation]) for relation in settings.relations).cache()
    with left_tidy(work.context.spark):
        graph = prepared(edges, engine=settings.engine)
        labels = label_vertices(
            vertices,
            graph,
            engine=settings.engine,
            algorithm=settings.algorithm,
            max_iterations=settings.max_iterations,
        )
        work.write(LABELS, labels)
        work.write(COMPONENTS, component_of_vertices(vertices, graph, engine=settings.engine))
    edges.unpersist()
    vertices.unpersist()


STAGE = Stage(
    name="find_communities",
    inputs=(*ENTITY_TABLES.values(), *EDGE_TABLES.values()),
    outputs=(LABELS, COMPONENTS),
    depends_on=lambda context: context.config.communities.model_dump(mode="json"),
    build=find_communities,
)
