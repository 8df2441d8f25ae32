"""The options of `marketgraph communities` as typer has them. What they mean is in docs/label-propagation.md."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

FormatName = Literal["csv", "parquet", "delta"]


def communities(
    edges: Annotated[
        str, typer.Option(metavar="PATH", help="Rows src dst [weight]; ids are integers or strings.")
    ],
    out: Annotated[
        str, typer.Option(metavar="PATH", help="Folder that the rows vertex, label are written to.")
    ],
    vertices: Annotated[
        str | None, typer.Option(metavar="PATH", help="All vertices, so that isolated ones are kept.")
    ] = None,
    format: Annotated[
        FormatName,
        typer.Option(help="Of edges, vertices and seeds. In csv, a line that begins with # is none."),
    ] = "csv",
    sep: Annotated[
        str, typer.Option(metavar="CHAR", help=r"Between the columns of csv: ',', ' ', '\t'.")
    ] = ",",
    header: Annotated[bool, typer.Option("--header", help="The first line of csv has the names.")] = False,
    out_format: Annotated[FormatName | None, typer.Option(help="As --format if not given.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what an earlier run wrote to --out and --report.")
    ] = False,
    weights: Annotated[
        bool, typer.Option("--weights", help="A neighbour votes with the edge's weight.")
    ] = False,
    seeds: Annotated[
        str | None, typer.Option(metavar="PATH", help="Rows vertex_id, label [, weight]: known labels.")
    ] = None,
    pin_seeds: Annotated[bool, typer.Option("--pin-seeds", help="Seeds never change their label.")] = False,
    allow_dangling: Annotated[
        bool, typer.Option("--allow-dangling", help="Leave out edges to what is not in --vertices.")
    ] = False,
    algorithm: Annotated[
        Literal["label-propagation", "connected-components"], typer.Option(help="What is looked for.")
    ] = "label-propagation",
    engine: Annotated[
        Literal["kernel", "sql", "graphframes"], typer.Option(help="Who works; labels are the same.")
    ] = "kernel",
    orientation: Annotated[
        Literal["undirected", "directed"],
        typer.Option(
            help="undirected: a pair is joined once; directed: a neighbour votes once per direction."
        ),
    ] = "undirected",
    schedule: Annotated[
        Literal["synchronous", "alternating"], typer.Option(help="All change at once, or half and half.")
    ] = "synchronous",
    ties: Annotated[
        Literal["smallest", "current"], typer.Option(help="Which of equally good labels wins.")
    ] = "smallest",
    own_vote: Annotated[float, typer.Option(help="Votes for a vertex's own label.")] = 0.0,
    max_iterations: Annotated[int, typer.Option(help="1 to 1000.")] = 10,
    least_changed: Annotated[
        float, typer.Option(help="Share of changes below which it ends; 0: none.")
    ] = 0.0,
    largest_share: Annotated[
        float, typer.Option(help="Share of vertices above which a community is a collapse; 1: never.")
    ] = 1.0,
    split: Annotated[
        bool, typer.Option("--split", help="Make communities of several pieces as many.")
    ] = False,
    min_size: Annotated[int, typer.Option(help="Vertices of smaller communities stand alone.")] = 1,
    exchange: Annotated[
        Literal["auto", "broadcast", "shuffle"], typer.Option(help="How labels travel; changes no label.")
    ] = "auto",
    driver_budget_mb: Annotated[int, typer.Option(help="The driver's memory for ids and labels.")] = 2048,
    report: Annotated[str | None, typer.Option(metavar="PATH", help="Write the report as JSON too.")] = None,
    checkpoints: Annotated[
        str | None, typer.Option(metavar="DIR", help="Keep labels here on the way, for --resume.")
    ] = None,
    checkpoint_every: Annotated[int, typer.Option(help="Iterations; 0: keep none.")] = 5,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the newest whole checkpoint of this very run.")
    ] = False,
    keep_checkpoints: Annotated[
        bool, typer.Option("--keep-checkpoints", help="Else they go when a run ends well.")
    ] = False,
    master: Annotated[str, typer.Option(help="Of Spark: local[N], yarn, spark://….")] = "local[*]",
    driver_memory: Annotated[str, typer.Option(help="Heap of the driver: 512m, 4g.")] = "4g",
) -> None:
    """Find the communities of your own graph, by label propagation, or its connected components."""
    given = dict(locals())
    from marketgraph.graph_job import find_communities
    from marketgraph.graph_options import GraphOrder

    find_communities(GraphOrder(**given))
