"""The run's config as pydantic models: immutable, and an unknown key is refused."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Annotated, Any

from pydantic import Field, model_validator

from marketgraph.communities.settings import Algorithm, Engine, Exchange, Identity, Propagation
from marketgraph.edges.rules import EdgesConfig, refuse_pair, refuse_unknown
from marketgraph.errors import BadKeyError
from marketgraph.evidence.settings import EvidenceConfig
from marketgraph.exports.settings import ExportsConfig
from marketgraph.features.rules import FeaturesConfig
from marketgraph.motifs.settings import MotifsConfig
from marketgraph.quality.config import QualityConfig
from marketgraph.risk.settings import RiskConfig
from marketgraph.runs.settings import LineageConfig, LocalFile, LogsConfig, MetricsConfig
from marketgraph.section import Section
from marketgraph.sequences.rules import SequencesConfig
from marketgraph.sources.sentinels import NO_SENTINELS, SentinelsConfig
from marketgraph.spark_settings import SparkSettings
from marketgraph.tables import catalogue, training_sets
from marketgraph.tables.features import feature_tables
from marketgraph.tables.relations import RELATIONS
from marketgraph.training.rules import TrainingConfig

# A folder or file: a local path or a URI such as s3a://bucket/folder.
Location = Annotated[str, Field(min_length=1)]
# What a relation's weights are multiplied by where it joins others.
Factor = Annotated[float, Field(gt=0, le=1000)]


# Sections and keys that can't change a row.
NO_ROW = {"as_of", "store", "spark", "identifiers", "exports", "logs", "lineage", "metrics"}


class StoreConfig(Section):
    """Where the warehouse is."""

    root: Location


class SyntheticConfig(Section):
    """The synthetic marketplace to build when the sources are not a company's own."""

    scale: float = Field(1.0, gt=0, le=10_000, description="1 is 2,000 merchants and 200,000 orders")
    seed: int = Field(20240101, ge=0)
    start: date = date(2024, 1, 1)
    days: int = Field(180, ge=30, le=3650)


class SourcesConfig(Section):
    """Which mapping, which data, how many bad rows are borne."""

    mapping: LocalFile
    data: Location
    synthetic: SyntheticConfig | None = None
    max_quarantine_share: float = Field(
        0.01, ge=0, le=1, description="of a table's rows; above it the run stops"
    )


class IdentifiersConfig(Section):
    """Where the key of the identifiers' hash comes from: a file or an environment variable.

    previous: the key before, while it is changed (docs/sources.md).
    """

    key_file: LocalFile | None = None
    key_env: str | None = None
    previous_key_file: LocalFile | None = None
    previous_key_env: str | None = None
    create_key: bool = Field(
        False, description="make a random key file when there is none (development only)"
    )

    @model_validator(mode="after")
    def _one_place(self) -> IdentifiersConfig:
        if (self.key_file is None) == (self.key_env is None):
            raise ValueError("give either key_file or key_env")
        if self.previous_key_file is not None and self.previous_key_env is not None:
            raise ValueError("give either previous_key_file or previous_key_env")
        return self

    @property
    def changes(self) -> bool:
        """Whether the key is being changed: two keys hash."""
        return self.previous_key_file is not None or self.previous_key_env is not None


class CommunitiesConfig(Propagation):
    """Which relations make the graph, and how labels are found in it."""

    relations: dict[str, Factor] = Field(
        min_length=1,
        description="relation, or relation:kind-kind for its edges between two kinds -> factor of its weights",
    )
    engine: Engine = Field(
        "kernel", description="kernel: our own, the fast one; the others give the same labels"
    )
    algorithm: Algorithm = Field(
        "graphframes", description="of the engine graphframes: the first breaks ties by the smallest label"
    )
    exchange: Exchange = Exchange()
    warm_start: bool = Field(
        False, description="begin from the labels of the slice before: a day's labels then depend on that day"
    )
    identity: Identity = Identity()

    @property
    def propagation(self) -> Propagation:
        """What decides labels."""
        return Propagation(**{name: getattr(self, name) for name in Propagation.model_fields})

    @model_validator(mode="after")
    def _known(self) -> CommunitiesConfig:
        for told in self.relations:
            name, _, pair = told.partition(":")
            refuse_unknown([name], RELATIONS, "relation", key="relations")
            if pair:
                refuse_pair(pair, RELATIONS[name], key="relations")
        if self.warm_start and self.engine == "graphframes":
            raise ValueError("the engine graphframes has no warm_start; take engine kernel or sql")
        return self


class Config(Section):
    """All that a run is told, but for its date and data."""

    as_of: date | None = Field(None, description="date when the command line gives none")
    store: StoreConfig
    spark: SparkSettings = SparkSettings()
    sources: SourcesConfig
    identifiers: IdentifiersConfig
    sentinels: SentinelsConfig = NO_SENTINELS
    edges: EdgesConfig
    communities: CommunitiesConfig
    features: FeaturesConfig
    risk: RiskConfig = RiskConfig()
    motifs: MotifsConfig = MotifsConfig()
    evidence: EvidenceConfig = EvidenceConfig()
    sequences: SequencesConfig = SequencesConfig()
    training: TrainingConfig = TrainingConfig()
    quality: QualityConfig = QualityConfig()
    exports: ExportsConfig = ExportsConfig()
    logs: LogsConfig = LogsConfig()
    lineage: LineageConfig = LineageConfig()
    metrics: MetricsConfig = MetricsConfig()

    @model_validator(mode="after")
    def _known_columns(self) -> Config:
        self.quality.refuse_unknown_columns(
            (*feature_tables(self.features).values(), *training_sets(self).values())
        )
        try:
            self.quality.watch.refuse_unknown_columns(catalogue(self))
        except ValueError as error:
            raise BadKeyError(str(error), key="quality.watch") from error
        return self

    @model_validator(mode="after")
    def _ranked(self) -> Config:
        if "evidence" in self.model_fields_set and self.risk.domains:
            refuse_unknown(self.evidence.domains, self.risk.domains, "domain", key="evidence.domains")
        return self

    @property
    def locations(self) -> tuple[str, ...]:
        """What a run reads and writes through Spark: local folders or URIs."""
        return tuple(filter(None, (self.store.root, self.sources.data, self.spark.checkpoint_dir)))

    @property
    def hash(self) -> str:
        """Hash of all that can change a row: where things are, how Spark is sized and who is told are left out."""
        told = self.model_dump(mode="json", exclude=NO_ROW)
        told["sources"] = {k: v for k, v in told["sources"].items() if k not in ("mapping", "data")}
        return digest(told)


def digest(value: Any) -> str:
    """The sha256 of a value's canonical JSON, in hex."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
