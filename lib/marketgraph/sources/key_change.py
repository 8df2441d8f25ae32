"""A change of the identifiers' key: for some runs both keys hash, and a table says which old hash became which new one.

While it lasts, a value travels through this room as both hashes, one after the other, so that each is judged with the
very same rows. What is written is the new key's hash alone, and beside it the pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.errors import ConfigError
from marketgraph.sources.identity import IdentifierKey
from marketgraph.tables.sources import REHASHED

DIGITS = 64  # of one hash


@dataclass(frozen=True)
class ChangingKey(IdentifierKey):
    """The new key, and the one that it takes the place of. `digest` gives both hashes: the new one, then the old."""

    previous: IdentifierKey

    @classmethod
    def between(cls, new: IdentifierKey, previous: IdentifierKey) -> ChangingKey:
        """Raises ConfigError when both are one key: nothing would change."""
        if new == previous:
            raise ConfigError(
                "identifiers: the previous key is the key itself",
                fix="give the new key, or leave the previous one out",
            )
        return cls(new.secret, previous)

    @property
    def new(self) -> IdentifierKey:
        """The new key alone: for what is only ever hashed by one."""
        return IdentifierKey(self.secret)

    @property
    def check(self) -> str:
        """That of the new key, by which all that is stored is hashed."""
        return self.new.check

    def digest(self, kind: str, value: str) -> str:
        """128 hex digits."""
        return self.new.digest(kind, value) + self.previous.digest(kind, value)


def new_hashes(identifiers: DataFrame) -> DataFrame:
    """The identifiers with the new key's hash for `value`."""
    return identifiers.withColumn("value", F.substring("value", 1, DIGITS))


def rehashed(identifiers: DataFrame) -> DataFrame:
    """One row per identifier: its hash by the previous key and by the new one, in the contract of REHASHED."""
    previous = F.substring("value", DIGITS + 1, DIGITS).alias("previous_value")
    return REHASHED.conform(
        identifiers.select("kind", previous, F.substring("value", 1, DIGITS).alias("value")).distinct()
    )
