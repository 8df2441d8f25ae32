"""The part of the config that sizes and places Spark."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from marketgraph.errors import BadKeyError
from marketgraph.section import Section

# These decide values, not speed: the same inputs would give other rows under another setting.
FIXED_KEYS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.ansi.enabled": "false",
    # a platform may have set these, and Spark would then leave out what is gone or broken without a word
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
}
# These have a field of their own, or are chosen by the one who launches.
_FIELDS = {
    "spark.master": "master",
    "spark.driver.memory": "driver_memory",
    "spark.sql.shuffle.partitions": "shuffle_partitions",
    "spark.local.dir": "local_dir",
    "spark.ui.enabled": "ui",
    "spark.jars": "jars",
    "spark.sql.catalogImplementation": "hive",
}
# What opens a store or a metastore is no part of a config, which is kept, copied and shown.
_CREDENTIAL = re.compile(
    r"\.fs\.s3a\..*(access\.key|secret\.key|session\.token|encryption\.key|password)$"
    r"|\.fs\.azure\.(sas\.(?!token\.(provider\.type|renew\.period))|.*(account\.key|secret|password|refresh\.token|fixed\.token)\b)"
    r"|\.ConnectionPassword$",
    re.IGNORECASE,
)
_FROM_ELSEWHERE = (
    "let it come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), a provider of the machine's role, "
    "or Hadoop's credential store: docs/object-stores.md"
)


class SparkSettings(Section):
    """How Spark is started. What `spark-submit` states (master, memory, jars) wins over this."""

    master: str = Field(default="local[*]", min_length=1, description="local[N], yarn, spark://…, k8s://…")
    driver_memory: str = Field(
        default="4g", pattern=r"^[1-9]\d*[mg]$", description="heap of the driver: 512m, 4g"
    )
    shuffle_partitions: int = Field(
        default=8, ge=1, le=100_000, description="tasks of a shuffle; about 2-4 per core"
    )
    checkpoint_dir: str | None = Field(
        default=None,
        description="folder or URI that all executors reach; none: a temporary one, local masters only",
    )
    local_dir: str | None = Field(
        default=None, description="disk for shuffles and spills; none: the temporary folder"
    )
    ui: bool = Field(default=False, description="Spark's own web page while a job runs")
    jars: Literal["bundled", "provided"] = Field(
        default="bundled",
        description="bundled: those of conf/jars.lock; provided: Spark has Delta and GraphFrames",
    )
    python: Literal["bundled", "provided"] = Field(
        default="bundled",
        description="of a cluster's nodes; bundled: this environment's packages go along; provided: they have them",
    )
    hive: bool = Field(default=False, description="sources may be tables of a Hive metastore")
    generated_code: Literal["quick", "thorough"] = Field(
        default="thorough",
        description="of plans, on local masters; quick: compiled once, for runs of minutes; thorough: better where hot",
    )
    extra: dict[str, str] = Field(default_factory=dict, description="any other spark.* setting, passed as is")

    @field_validator("extra")
    @classmethod
    def _only_other_settings(cls, extra: dict[str, str]) -> dict[str, str]:
        for key in extra:
            if not key.startswith("spark."):
                raise ValueError(f"{key} is no Spark setting: its name must begin with spark.")
            if _CREDENTIAL.search(key):
                raise BadKeyError(f"{key} is a credential, and none belongs into a config: {_FROM_ELSEWHERE}")
            if key in FIXED_KEYS:
                raise ValueError(f"{key} can't be set: the results rest on {FIXED_KEYS[key]}")
            if key in _FIELDS:
                raise ValueError(f"{key} has a field of its own: set {_FIELDS[key]}")
        return extra

    @property
    def is_local(self) -> bool:
        return is_local_master(self.master)


def is_local_master(master: str) -> bool:
    """Whether Spark runs in this one process (`local-cluster` starts executors of their own)."""
    return master == "local" or master.startswith("local[")
