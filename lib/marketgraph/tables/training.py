"""The training tables: examples with label, split and features as of their moments; and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.sql.types import DoubleType, IntegerType, LongType, StringType, TimestampType

from marketgraph.errors import ConfigError
from marketgraph.tables.contract import Column, Table
from marketgraph.tables.sequences import STATISTICS
from marketgraph.tables.sources import ENTITY_KINDS

INT, LONG, DOUBLE, STRING = IntegerType(), LongType(), DoubleType(), StringType()
SPLITS = ("train", "validation", "test")
OWN = (
    Column("vertex_id", LONG, "the entity", minimum=0),
    Column(
        "moment", TimestampType(), "when it is looked at: no feature knows of anything from then on", "UTC"
    ),
    Column(
        "label", INT, "1: a violation is decided within the horizon; 0: none is known", minimum=0, maximum=1
    ),
    Column(
        "label_kind", STRING, "kind of that violation, the first of several; null: label 0", nullable=True
    ),
    Column("split", STRING, "what the example is for", allowed=SPLITS),
    Column(
        "community",
        LONG,
        "label of its community as of the run's date: to split by, not a feature",
        minimum=0,
    ),
)


def training_table(kind: str, features: Table, *, sequences: bool = True) -> Table:
    """The contract of a kind's training set: OWN, the columns of its feature table, and the sequence's statistics.

    Raises ConfigError for a feature that has the name of a column of OWN or of a statistic.
    """
    told = tuple(column for column in features.columns if column.name != "vertex_id")
    more = STATISTICS if sequences else ()
    taken = {column.name for column in (*OWN, *more)}
    for column in told:
        if column.name in taken:
            raise ConfigError(
                f"{features.full_name}: a training set has a column {column.name} of its own",
                fix="give the feature another name",
            )
    return Table(
        room="training",
        name=f"{kind}s",
        grain=f"one row per {kind} and moment: features as of the moment, label from what was decided after it",
        key=("vertex_id", "moment"),
        may_be_empty=True,
        grows=True,
        columns=(*OWN, *told, *more),
    )


def training_tables(
    kinds: Iterable[str], features: Mapping[str, Table], *, sequences: bool = True
) -> dict[str, Table]:
    """The contracts of the training sets of these kinds, by kind. features: the feature table of each kind."""
    return {kind: training_table(kind, features[kind], sequences=sequences) for kind in kinds}


LEAKAGE = Table(
    room="training",
    name="leakage",
    grain="one row per finding on the training set of a kind",
    key=("kind", "finding", "subject"),
    may_be_empty=True,
    columns=(
        Column("kind", STRING, "of which training set", allowed=ENTITY_KINDS),
        Column(
            "finding",
            STRING,
            "examples: how many; left_out: how many entities and moments, and why; shared_identifier: values that "
            "entities of two splits hold; constant_feature; single_feature_auc: how well it tells the label alone",
            allowed=("examples", "left_out", "shared_identifier", "constant_feature", "single_feature_auc"),
        ),
        Column("subject", STRING, "split and label, reason, kind of identifier, or feature"),
        Column("value", DOUBLE, "a count, or the AUC, 0.5 to 1", minimum=0),
        Column("limit", DOUBLE, "above it is a warning; null: nothing is too much", nullable=True, minimum=0),
        Column("severity", STRING, "how bad", allowed=("info", "warning")),
    ),
)
