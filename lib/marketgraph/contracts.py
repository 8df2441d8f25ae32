"""Every contract there is, whatever a config says, in the order in which data falls; the books and the runs last."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from marketgraph.features.rules import FeaturesConfig
from marketgraph.quality.checks import CHECKS
from marketgraph.tables import Table, fixed_tables
from marketgraph.tables.features import feature_tables
from marketgraph.tables.operations import ERASED, MARKS, RELEASES, SLICES
from marketgraph.tables.quality import EDGE_RECOVERY, PROFILES, RING_RANKING
from marketgraph.tables.runs import RUNS, STAGES
from marketgraph.tables.sources import REHASHED
from marketgraph.tables.training import OWN, training_table

# Features that no config can do without: those of the graph, none in windows.
_NO_FEATURES = FeaturesConfig(windows=("1d",))


def known_contracts() -> tuple[Table, ...]:
    """All tables. Of those whose columns come of a config the columns that they have under any config."""
    features = feature_tables(_NO_FEATURES)
    training = [_own_of(training_table(kind, table, sequences=False)) for kind, table in features.items()]
    judged = (CHECKS, PROFILES, EDGE_RECOVERY, RING_RANKING)
    return (
        *fixed_tables(),
        REHASHED,
        *features.values(),
        *training,
        *judged,
        SLICES,
        RELEASES,
        MARKS,
        ERASED,
        RUNS,
        STAGES,
    )


@cache
def contracts_by_name() -> Mapping[str, Table]:
    """The same by full name."""
    return {table.full_name: table for table in known_contracts()}


def _own_of(table: Table) -> Table:
    return Table(**{**table.__dict__, "columns": OWN})
