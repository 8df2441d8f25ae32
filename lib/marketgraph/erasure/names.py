"""What is known of the entities that go: their ids, their vertices, and the source rows that go with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyspark.sql import Column
from pyspark.sql import functions as F

from marketgraph.errors import ConfigError
from marketgraph.tables.sources import ENTITY_KINDS

Found = frozenset[str]


@dataclass(frozen=True, order=True)
class Entity:
    """One entity, by kind and id."""

    kind: str
    id: str

    @classmethod
    def told(cls, text: str) -> Entity:
        """Of `kind:id`. Raises ConfigError for another kind, or no id."""
        kind, _, name = text.partition(":")
        if kind not in ENTITY_KINDS or not name.strip():
            raise ConfigError(
                "--entity: is not a kind and an id",
                fix=f"write it as KIND:ID, such as buyer:B7; kinds are {', '.join(ENTITY_KINDS)}",
            )
        return cls(kind, name.strip())


@dataclass(frozen=True)
class Names:
    """entities: those asked for, and those that hang on them. vertices: their numbers.

    rows: by short name of source table the keys of its rows that go, where other tables name them.
    """

    entities: frozenset[Entity]
    vertices: frozenset[int] = frozenset()
    rows: Mapping[str, Found] = field(default_factory=dict)

    def ids(self, kind: str) -> Found:
        """Ids of one kind."""
        return frozenset(one.id for one in self.entities if one.kind == kind)

    @property
    def kinds(self) -> list[str]:
        """Kinds that something is of, in the order of ENTITY_KINDS."""
        return [kind for kind in ENTITY_KINDS if self.ids(kind)]

    @property
    def labels(self) -> list[str]:
        """kind:id of each."""
        return sorted(f"{one.kind}:{one.id}" for one in self.entities)


def is_one_of(column: Column, values: Iterable[object]) -> Column:
    """Whether the column has one of the values; never null."""
    told = sorted(values, key=str)
    return F.coalesce(column.isin(told), F.lit(False)) if told else F.lit(False)
