"""The options of `marketgraph communities`: each becomes a setting, or one message that says what is allowed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from marketgraph.communities.graphframes_engine import require_known
from marketgraph.communities.labels import Means
from marketgraph.communities.settings import Exchange, Propagation
from marketgraph.errors import ConfigError
from marketgraph.graphs.formats import FileFormat
from marketgraph.graphs.graph import GraphFiles
from marketgraph.spark_settings import SparkSettings, is_local_master

Settings = TypeVar("Settings", bound=BaseModel)
_MASTER = re.compile(r"local(\[(\*|[1-9]\d*)(, *\d+)?\])?|local-cluster\[.+\]|yarn|(spark|k8s)://.+")
# Options whose names are not those of the settings.
_OPTIONS = {"weighted": "--weights", "budget_mb": "--driver-budget-mb", "mode": "--exchange"}


@dataclass(frozen=True)
class GraphOrder:
    """What the command line asks for, as it was given."""

    edges: str
    out: str
    vertices: str | None = None
    seeds: str | None = None
    format: str = "csv"
    sep: str = ","
    header: bool = False
    out_format: str | None = None
    overwrite: bool = False
    weights: bool = False
    pin_seeds: bool = False
    allow_dangling: bool = False
    algorithm: str = "label-propagation"
    engine: str = "kernel"
    orientation: str = "undirected"
    schedule: str = "synchronous"
    ties: str = "smallest"
    own_vote: float = 0.0
    max_iterations: int = 10
    least_changed: float = 0.0
    largest_share: float = 1.0
    split: bool = False
    min_size: int = 1
    exchange: str = "auto"
    driver_budget_mb: int = 2048
    report: str | None = None
    checkpoints: str | None = None
    checkpoint_every: int = 5
    resume: bool = False
    keep_checkpoints: bool = False
    master: str = "local[*]"
    driver_memory: str = "4g"

    @property
    def locations(self) -> list[str]:
        """What is read and written through Spark."""
        named = (self.edges, self.vertices, self.seeds, self.out, self.checkpoints)
        return [location for location in named if location]


@dataclass(frozen=True)
class GraphPlan:
    """An order whose every value is allowed."""

    order: GraphOrder
    files: GraphFiles
    out_format: FileFormat
    settings: Propagation
    means: Means
    spark: SparkSettings

    @property
    def is_components(self) -> bool:
        return self.order.algorithm == "connected-components"


def planned(order: GraphOrder) -> GraphPlan:
    """The order as settings. Raises ConfigError for a value that is not allowed, or two that don't go together."""
    given = {f.name: getattr(order, f.name) for f in fields(order)} | {"weighted": order.weights}
    settings = checked(Propagation, {name: given[name] for name in Propagation.model_fields})
    exchange = checked(Exchange, {"mode": order.exchange, "budget_mb": order.driver_budget_mb})
    means = Means(engine=order.engine, exchange=exchange)  # type: ignore[arg-type]
    _require_sense(order, settings)
    file_format = FileFormat(order.format, order.sep, order.header)  # type: ignore[arg-type]
    out_format = FileFormat(order.out_format or order.format, order.sep, order.header)  # type: ignore[arg-type]
    files = GraphFiles(order.edges, order.vertices, order.seeds, file_format, order.weights)
    return GraphPlan(order, files, out_format, settings, means, _spark(order))


def checked(model: type[Settings], values: dict[str, Any]) -> Settings:
    """The settings of these values. Raises ConfigError that names the option, its value and what is allowed."""
    try:
        return model(**values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
    name = str(fault["loc"][0])
    raise ConfigError(f"{_option(name)} {values[name]}: {fault['msg']}", fix=_allowed(model, name)) from None


def _option(name: str) -> str:
    return _OPTIONS.get(name, f"--{name.replace('_', '-')}")


def _allowed(model: type[BaseModel], name: str) -> str:
    """What a setting may be, from its field: its bounds and its description."""
    field = model.model_fields[name]
    bounds = {k: getattr(rule, k) for rule in field.metadata for k in ("ge", "le") if hasattr(rule, k)}
    told = []
    if "le" in bounds:
        told.append(f"give a number from {bounds['ge']} to {bounds['le']}")
    elif bounds:
        told.append(f"give a number from {bounds['ge']} on")
    return ": ".join([*told, field.description or ""]).removesuffix(": ")


def keeps_labels(order: GraphOrder) -> bool:
    """Whether there are labels to go on from; without, a cluster has `--checkpoints` for Spark's own alone."""
    return order.algorithm == "label-propagation" and order.engine != "graphframes"


def _on_cluster(order: GraphOrder) -> bool:
    # Under spark-submit only the JVM knows the master.
    return "PYSPARK_GATEWAY_PORT" in os.environ or not is_local_master(order.master)


def _spark(order: GraphOrder) -> SparkSettings:
    # On a cluster Spark's own checkpoints need a folder that all executors reach: it is given the same one.
    shared = order.checkpoints if _on_cluster(order) else None
    return checked(
        SparkSettings,
        {
            "master": order.master,
            "driver_memory": order.driver_memory,
            "checkpoint_dir": shared and f"{shared.rstrip('/')}/spark",
        },
    )


def _require_sense(order: GraphOrder, settings: Propagation) -> None:
    """Raises ConfigError for options that don't go together: none is passed over in silence."""
    if not _MASTER.fullmatch(order.master):
        raise ConfigError(
            f"--master {order.master}: is none of Spark's",
            fix="give local[*], local[N], yarn, spark://HOST:PORT or k8s://…",
        )
    if order.pin_seeds and not order.seeds:
        raise ConfigError("--pin-seeds: there are no seeds to pin", fix="give --seeds, or leave it out")
    if (order.resume or order.keep_checkpoints) and not order.checkpoints:
        option = "--resume" if order.resume else "--keep-checkpoints"
        raise ConfigError(f"{option}: no folder of checkpoints is named", fix="give --checkpoints DIR")
    if order.checkpoint_every < 0:
        raise ConfigError(
            f"--checkpoint-every {order.checkpoint_every}: is negative",
            fix="give a number of iterations, or 0 to write none",
        )
    if order.algorithm == "connected-components":
        _require_plain(order, settings)
    elif order.engine == "graphframes":
        require_known(settings)
        for option in _useless(order):
            raise ConfigError(
                f"the engine graphframes has no use for {option}",
                fix="take engine kernel or sql, or leave it out",
            )


def _require_plain(order: GraphOrder, settings: Propagation) -> None:
    """Components have no choices: an option that decides labels would have no effect."""
    plain = Propagation()
    given = [_option(n) for n in Propagation.model_fields if getattr(settings, n) != getattr(plain, n)]
    given += _useless(order)
    if given:
        raise ConfigError(
            f"connected-components have no use for {', '.join(given)}",
            fix="leave it out, or take --algorithm label-propagation",
        )


def _useless(order: GraphOrder) -> list[str]:
    """Options that only labels which are kept on the way have a use for."""
    names = ["seeds", "resume", "keep_checkpoints", *([] if _on_cluster(order) else ["checkpoints"])]
    return [_option(name) for name in names if getattr(order, name)]
