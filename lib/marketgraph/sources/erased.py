"""Entities that were erased: rows that name one are let in by no later run, though the raw files still have them.

They are known by salted hashes alone. The salt is one for the warehouse, so that each id of a run is hashed once; it is
not the key of the identifiers, which may change. Whoever has the warehouse can find out whether a given id was erased.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

from marketgraph.tables.sources import ENTITY_KINDS

# Between the words of a raw text: an id is found in quarantine where none of these is in it.
_BETWEEN = r"[\s\"'`,;:|{}\[\]()]+"


@dataclass(frozen=True)
class Erased:
    """salt: of all hashes. hashes: of the entities that are left out, see `hash_of`."""

    salt: str = ""
    hashes: frozenset[str] = frozenset()

    def hash_of(self, kind: str, name: str) -> str:
        """64 hex digits."""
        return hashlib.sha256("\0".join((self.salt, kind, name)).encode()).hexdigest()

    def is_one(self, kind: Column, name: Column) -> Column:
        """Whether the entity of that kind and id was erased; never null."""
        if not self.hashes:
            return F.lit(False)
        told = F.sha2(F.concat_ws("\0", F.lit(self.salt), kind, name), 256)
        return F.coalesce(name.isNotNull() & told.isin(sorted(self.hashes)), F.lit(False))

    def is_told_in(self, text: Column) -> Column:
        """Whether a word of the text is the id of an erased entity, of any kind; never null."""
        if not self.hashes:
            return F.lit(False)
        words = F.split(text, _BETWEEN)
        return F.coalesce(F.exists(words, self._is_of_any_kind), F.lit(False))

    def _is_of_any_kind(self, word: Column) -> Column:
        found = [self.is_one(F.lit(kind), word) for kind in ENTITY_KINDS]
        return reduce(lambda one, other: one | other, found)


NOBODY = Erased()
