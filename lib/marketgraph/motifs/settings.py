"""Which motifs are looked for: a pattern, what each edge of it may be, and what it says of those in it."""

from __future__ import annotations

import re
from typing import NamedTuple

from pydantic import Field, model_validator

from marketgraph.edges.rules import refuse_pair, refuse_unknown
from marketgraph.errors import BadKeyError
from marketgraph.section import Section
from marketgraph.tables.relations import RELATIONS

# Relations that a motif may ask for although no source tells of them: it is then said to be absent, and why.
UNTOLD = {"pays": "sources.payments name the order that is paid, not who pays whom"}
_STEP = re.compile(r"\((\w+)\)-\[(\w+)\]->\((\w+)\)")


class Step(NamedTuple):
    """One edge of a pattern: `(src)-[edge]->(dst)`."""

    src: str
    edge: str
    dst: str


class Motif(Section):
    """One pattern. Its vertices are distinct; those that could change places are told in one order only."""

    text: str = Field(min_length=1, description="what an instance says, for people")
    pattern: str = Field(
        description="as GraphFrames has it: (a)-[e]->(b); (b)-[f]->(c), every vertex and edge named, the rarest"
        " edge first: it is looked for from left to right"
    )
    edges: dict[str, tuple[str, ...]] = Field(
        min_length=1, description="edge of the pattern -> relations, or relation:kind-kind, that it may be"
    )
    alike: tuple[str, str] | None = Field(
        default=None, description="two vertices that could change places: the smaller id takes the first one"
    )

    @property
    def steps(self) -> tuple[Step, ...]:
        """The edges of the pattern, in its order."""
        return tuple(Step(*found) for found in _STEP.findall(self.pattern))

    @property
    def roles(self) -> tuple[str, ...]:
        """The vertices of the pattern, by name."""
        return tuple(sorted({role for step in self.steps for role in (step.src, step.dst)}))

    @property
    def untold(self) -> str | None:
        """Why it can't be looked for; None where it can."""
        asked = (told.partition(":")[0] for relations in self.edges.values() for told in relations)
        return next((UNTOLD[name] for name in asked if name in UNTOLD), None)

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each role. Of a motif that is not absent."""
        return {
            role: kind
            for step in self.steps
            for told in self.edges[step.edge]
            for role, kind in zip((step.src, step.dst), _pair(told), strict=True)
        }

    @model_validator(mode="after")
    def _sound(self) -> Motif:
        if "; ".join(f"({s})-[{e}]->({d})" for s, e, d in self.steps) != self.pattern:
            raise BadKeyError("not of the form (a)-[e]->(b); (b)-[f]->(c)", key="pattern", given=self.pattern)
        names = [step.edge for step in self.steps]
        if sorted(names) != sorted(self.edges):
            raise BadKeyError(f"the pattern's edges are {', '.join(names)}, each once", key="edges")
        if self.alike and not set(self.alike) <= set(self.roles):
            raise BadKeyError("not vertices of the pattern", key="alike", given=self.alike)
        for relations in self.edges.values():
            for told in relations:
                _check(told)
        if self.untold is None:
            self._one_kind_each()
        return self

    def _one_kind_each(self) -> None:
        for step in self.steps:
            for told in self.edges[step.edge]:
                for role, kind in zip((step.src, step.dst), _pair(told), strict=True):
                    if self.kinds[role] != kind:
                        raise BadKeyError(
                            f"{told} makes {role} a {kind}, another edge makes it a {self.kinds[role]}",
                            key=f"edges.{step.edge}",
                        )


class MotifsConfig(Section):
    """The motifs of a run, by name."""

    most_instances: int = Field(
        default=1000, ge=1, le=1_000_000, description="of each motif that are told, the strongest"
    )
    motifs: dict[str, Motif] = Field(default_factory=dict)


def _check(told: str) -> None:
    name, _, pair = told.partition(":")
    refuse_unknown([name], (*RELATIONS, *UNTOLD), "relation", key="edges")
    if name in UNTOLD:
        return
    if pair:
        refuse_pair(pair, RELATIONS[name], key="edges")
    elif len(RELATIONS[name].pairs) > 1:
        raise BadKeyError(
            f"say between which kinds, such as {name}:{RELATIONS[name].pair_names[0]}", key="edges"
        )


def _pair(told: str) -> tuple[str, str]:
    name, _, pair = told.partition(":")
    src, dst = pair.split("-") if pair else RELATIONS[name].pairs[0]
    return src, dst
