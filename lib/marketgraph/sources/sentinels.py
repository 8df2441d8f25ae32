"""Values that stand for nothing: a phone "0000", a device "unknown", the IP address 0.0.0.0.

Thousands of entities may have one, and it joins none of them. The list is the config's (conf/sentinels.yml). It
is compared by keyed hash: two hashes of one kind agree exactly where the normalised values do, so trimming, case
and each kind's own ways of writing count as they do for a join, and no value in clear is in a query plan.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pyspark.sql import Column
from pyspark.sql import functions as F

from marketgraph.section import Section
from marketgraph.sources.identity import IdentifierKey
from marketgraph.tables.contract import Table
from marketgraph.tables.sources import IDENTIFIER_KINDS, IDENTIFIERS


def _values(given: Any) -> Any:
    """Raises ValueError, which pydantic tells with the key, for what is no list of texts."""
    if not isinstance(given, list | tuple):
        raise ValueError("not a list; write one value per line, each after a dash")
    for number, value in enumerate(given, start=1):
        if not isinstance(value, str):
            # YAML reads a bare 0000 as a number and a bare null as nothing
            raise ValueError(f"entry {number} is {value!r}, not a text; put it in quotes")
        if not value.strip():
            raise ValueError(
                f"entry {number} is empty; take it out, an identifier without a value is refused anyway"
            )
    return tuple(given)


def _kinds(given: Any) -> Any:
    for kind in given if isinstance(given, dict) else ():
        if kind not in IDENTIFIER_KINDS:
            near = difflib.get_close_matches(str(kind), IDENTIFIER_KINDS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(IDENTIFIER_KINDS)}"
            raise ValueError(f"unknown identifier kind {kind}; {hint}")
    return given


Values = Annotated[tuple[str, ...], BeforeValidator(_values)]


class SentinelsConfig(Section):
    """Identifiers that mean "nothing", for any kind and by kind; none where the config has no such section."""

    any: Values = ()
    by_kind: Annotated[dict[str, Values], BeforeValidator(_kinds)] = Field(default_factory=dict)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Each (kind, value in clear) of the lists."""
        for kind in IDENTIFIER_KINDS:
            for value in (*self.any, *self.by_kind.get(kind, ())):
                yield kind, value


NO_SENTINELS = SentinelsConfig()


def stands_for_nothing(table: Table, sentinels: SentinelsConfig, key: IdentifierKey) -> Column:
    """Whether a typed row's hashed identifier is a sentinel of its kind; never null, false in other tables."""
    if table.name != IDENTIFIERS.name:
        return F.lit(False)
    # the kind is part of what is hashed, so that one column tells both
    hashes = sorted({key.digest(kind, value) for kind, value in sentinels.pairs()})
    return F.coalesce(F.col("value").isin(hashes), F.lit(False)) if hashes else F.lit(False)
