"""GraphStorm's GSProcessing input configuration as models: what is written, and what a file of it may say."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

CONFIG = "gsprocessing-config.json"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Part):
    """Where rows are: one folder (its name ends in /), or files; relative to the prefix given to GSProcessing."""

    format: Literal["parquet"] = "parquet"
    files: tuple[str, ...] = Field(min_length=1)


class Kwargs(_Part):
    """What a numerical transformation is told."""

    imputer: Literal["none", "mean", "median", "most_frequent"] = "none"
    normalizer: Literal["none", "min-max", "standard", "rank-gauss"] = "none"
    out_dtype: Literal["float32", "float64"] = "float32"


class Transformation(_Part):
    """What becomes of a feature's values."""

    name: Literal["no-op", "numerical"]
    kwargs: Kwargs | None = None


class Feature(_Part):
    """One column that is a feature."""

    column: str
    transformation: Transformation


class CustomSplit(_Part):
    """Files with the ids of each split. column: the name of the ids' column in them."""

    column: tuple[str, ...] = Field(min_length=1, max_length=2)
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]

    @model_validator(mode="after")
    def _has_a_split(self) -> CustomSplit:
        if not (self.train or self.valid or self.test):
            raise ValueError("none of train, valid and test has a file")
        return self


class Label(_Part):
    """One column that is a label, with the nodes of each split."""

    column: str
    type: Literal["classification", "regression"]
    custom_split_filenames: CustomSplit


class Node(_Part):
    """One node type. column: of the ids."""

    data: Data
    column: str
    type: str
    features: tuple[Feature, ...] = ()
    labels: tuple[Label, ...] = ()


class End(_Part):
    """One end of an edge type."""

    column: str
    type: str


class Relation(_Part):
    """What joins the two ends."""

    type: str


class Edge(_Part):
    """One edge type."""

    data: Data
    source: End
    dest: End
    relation: Relation
    features: tuple[Feature, ...] = ()


class Structure(_Part):
    """Node types and edge types. GSProcessing wants at least one edge type."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = Field(min_length=1)


class GraphStorm(_Part):
    """The whole file."""

    version: Literal["gsprocessing-v1.0"] = "gsprocessing-v1.0"
    graph: Structure

    def text(self) -> str:
        """The JSON of it: what is not said is left out, for GSProcessing asks whether a key is there."""
        return self.model_dump_json(indent=2, exclude_none=True, exclude_defaults=False) + "\n"
