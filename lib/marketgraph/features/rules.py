"""What conf/features.yml can say: for each kind groups of features, each over the rows of one stream."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from marketgraph.errors import BadKeyError
from marketgraph.features.aggregations import AGGREGATIONS, Aggregation
from marketgraph.features.conditions import refuse_bad
from marketgraph.features.neighbour_rules import NeighbourRule, refuse_twice, refuse_unknown_features
from marketgraph.features.streams import STREAMS, Stream, StreamColumn
from marketgraph.features.windows import Window, micros
from marketgraph.section import Section
from marketgraph.tables.sources import ENTITY_KINDS

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
Rate = Annotated[Decimal, Field(gt=0, le=1_000_000, max_digits=18, decimal_places=8)]


class FeatureRule(Section):
    """One feature: what it is of the rows in each window. docs/features.md lists the aggregations."""

    aggregate: str
    of: str | tuple[str, ...] | None = Field(
        None, description="a column of the stream; of a ratio two features of the group: [above, below]"
    )
    where: str | None = Field(
        None, description="a condition over the stream's columns: other rows don't count"
    )
    windows: tuple[Window, ...] | None = Field(None, description="of the group's windows; none: all of them")
    k: int = Field(1, ge=1, le=100, description="of top_share: how many values")
    meaning: str = Field(min_length=3, description="what the number says, for the data dictionary")
    unit: str = ""


class FeatureGroup(Section):
    """Features of the rows of one stream, by the entities in one of its columns."""

    stream: str
    entity: str | None = Field(None, description="the stream's column with the entity's id; none: <kind>_id")
    time: str | None = Field(
        None, description="the stream's column that dates a row; none: the stream's usual one"
    )
    where: str | None = Field(
        None, description="a condition over the stream's columns: other rows don't count"
    )
    windows: tuple[Window, ...] = Field(min_length=1, description="of the windows at the top of the file")
    features: dict[str, FeatureRule] = Field(min_length=1)

    def windows_of(self, name: str) -> tuple[str, ...]:
        """The windows of one feature, shortest first."""
        told = self.features[name].windows
        return tuple(sorted(self.windows if told is None else told, key=micros))

    def entity_of(self, kind: str) -> str:
        """The column with the ids of the entities."""
        return self.entity or f"{kind}_id"

    @property
    def told(self) -> Stream:
        """The stream itself."""
        return STREAMS[self.stream]

    @property
    def time_column(self) -> str:
        """The column that dates a row."""
        return self.time or self.told.times[0]


class CurrencyRule(Section):
    """What happens when orders carry more than one currency. An order without one counts as of the base."""

    policy: Literal["refuse", "ignore", "convert"] = Field(
        default="refuse",
        description="refuse: the run stops; ignore: amounts are added up as they are; convert: by `to_base`",
    )
    base: str = Field(default="EUR", min_length=1, description="the currency that amounts are converted to")
    to_base: dict[str, Rate] = Field(
        default_factory=dict, description="currency: what one unit of it is in the base currency"
    )


class FeaturesConfig(Section):
    """The features of each kind, the windows that they may have, and what is done about currencies."""

    windows: tuple[Window, ...] = Field(min_length=1, description="from 1h to 180d, such as 24h or 7d")
    currency: CurrencyRule = CurrencyRule()
    merchant: tuple[FeatureGroup, ...] = ()
    product: tuple[FeatureGroup, ...] = ()
    creator: tuple[FeatureGroup, ...] = ()
    content: tuple[FeatureGroup, ...] = ()
    buyer: tuple[FeatureGroup, ...] = ()
    neighbours: tuple[NeighbourRule, ...] = Field(
        default=(),
        description="windowed features of which an entity is told its neighbours' mean and maximum",
    )

    def groups(self, kind: str) -> tuple[FeatureGroup, ...]:
        """The groups of a kind. Raises AttributeError for one that is no entity kind."""
        return tuple(getattr(self, kind))

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams that some kind counts, in the order of STREAMS."""
        told = {group.stream for kind in ENTITY_KINDS for group in self.groups(kind)}
        return tuple(name for name in STREAMS if name in told)

    @model_validator(mode="after")
    def _true(self) -> FeaturesConfig:
        lengths = [micros(window) for window in self.windows]
        if len(set(lengths)) < len(lengths):
            raise BadKeyError("two windows of the same length", key="windows", given=list(self.windows))
        for kind in ENTITY_KINDS:
            seen: set[str] = set()
            for number, group in enumerate(self.groups(kind)):
                _check_group(group, kind, self.windows, f"{kind}.{number}")
                for name in group.features:
                    _refuse_twice(name, seen, f"{kind}.{number}.features.{name}")
        refuse_twice(self.neighbours)
        refuse_unknown_features(self.neighbours, {kind: self._names(kind) for kind in ENTITY_KINDS})
        return self

    def _names(self, kind: str) -> list[str]:
        told = features_of(self, kind)
        return [f"{name}_{window}" for group, name, _ in told for window in group.windows_of(name)]


def _refuse_twice(name: str, seen: set[str], key: str) -> None:
    if name in seen:
        raise BadKeyError("the kind has a feature of this name already; give it another name", key=key)
    seen.add(name)


def _check_group(group: FeatureGroup, kind: str, windows: tuple[str, ...], key: str) -> None:
    _known([group.stream], STREAMS, "stream", f"{key}.stream")
    stream = group.told
    _known(
        [group.entity_of(kind)], stream.ends_of(kind), f"column of {kind}s in {stream.name}", f"{key}.entity"
    )
    _known([group.time_column], stream.times, f"time of {stream.name}", f"{key}.time")
    _known(group.windows, windows, "window", f"{key}.windows")
    _check_condition(group.where, stream, f"{key}.where")
    for name, rule in group.features.items():
        _check_feature(group, name, rule, f"{key}.features.{name}")


def _check_feature(group: FeatureGroup, name: str, rule: FeatureRule, key: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadKeyError("a name is of small letters, digits and _, and begins with a letter", key=key)
    _known([rule.aggregate], AGGREGATIONS, "aggregation", f"{key}.aggregate")
    _known(rule.windows or (), group.windows, "window of the group", f"{key}.windows")
    _check_condition(rule.where, group.told, f"{key}.where")
    aggregation = AGGREGATIONS[rule.aggregate]
    if aggregation.takes == "condition" and rule.where is None:
        raise BadKeyError(f"{rule.aggregate} needs a condition in `where`", key=key)
    if rule.k != 1 and rule.aggregate != "top_share":
        raise BadKeyError(f"{rule.aggregate} has no k", key=f"{key}.k", given=rule.k)
    if aggregation.takes == "two features":
        _check_ratio(group, name, rule, key)
    else:
        _check_column(group.told, rule, aggregation, f"{key}.of")


def _check_column(stream: Stream, rule: FeatureRule, aggregation: Aggregation, key: str) -> None:
    if aggregation.takes in ("nothing", "condition"):
        if rule.of is not None:
            raise BadKeyError(
                f"{rule.aggregate} is of rows, not of a column; leave it out", key=key, given=rule.of
            )
        return
    if rule.of is None and aggregation.takes == "number or nothing":
        return
    if not isinstance(rule.of, str):
        raise BadKeyError(f"{rule.aggregate} needs one column of {stream.name}", key=key, given=rule.of)
    _known([rule.of], stream.types, f"column of {stream.name}", key)
    wanted = ("text", "whole") if aggregation.takes == "value" else ("whole", "money")
    if stream.types[rule.of] not in wanted:
        fit = [name for name, held in stream.types.items() if held in wanted]
        raise BadKeyError(
            f"{rule.aggregate} can't be of a column of type {stream.types[rule.of]}; it can of {', '.join(fit)}",
            key=key,
            given=rule.of,
        )


def _check_ratio(group: FeatureGroup, name: str, rule: FeatureRule, key: str) -> None:
    if not isinstance(rule.of, tuple) or len(rule.of) != 2 or rule.where is not None:
        raise BadKeyError("a ratio is of two features of the group, [above, below], without `where`", key=key)
    _known(rule.of, group.features, "feature of the group", f"{key}.of")
    for part in rule.of:
        if group.features[part].aggregate == "ratio":
            raise BadKeyError("a ratio of a ratio is not taken", key=f"{key}.of", given=part)
        if missing := set(group.windows_of(name)) - set(group.windows_of(part)):
            raise BadKeyError(
                f"{part} has no window {min(missing)}; give it one, or take it from {name}",
                key=f"{key}.windows",
            )


def _check_condition(text: str | None, stream: Stream, key: str) -> None:
    if text is None:
        return
    try:
        refuse_bad(text, stream.types)
    except ValueError as error:
        raise BadKeyError(f"the condition can't be used: {error}", key=key, given=text) from None


def _known(names: Iterable[str], known: Iterable[str], what: str, key: str) -> None:
    told = list(known)
    for name in names:
        if name not in told:
            near = difflib.get_close_matches(name, told, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(told) or 'none'}"
            raise BadKeyError(f"unknown {what} {name}; {hint}", key=key)


def features_of(config: FeaturesConfig, kind: str) -> Iterator[tuple[FeatureGroup, str, FeatureRule]]:
    """Each feature of a kind with its group and name, in the order of the file."""
    for group in config.groups(kind):
        for name, rule in group.features.items():
            yield group, name, rule


def column_of(group: FeatureGroup, rule: FeatureRule) -> StreamColumn | None:
    """The stream's column that a feature is of; None where it is of rows or of other features."""
    return group.told.column(rule.of) if isinstance(rule.of, str) else None
