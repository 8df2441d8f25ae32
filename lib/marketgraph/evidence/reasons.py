"""Reason codes: what can be said of a subject in a word, and the declared rule by which it is said.

A rule is a set of bounds on facts. A fact is a number that is known of the subject: how many edges of a sort it has
(`Edges`), in how many instances of a motif it is, or one of the names in FACTS. docs/reason-codes.md is made of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from marketgraph.motifs.settings import MotifsConfig
from marketgraph.tables.sources import IDENTIFIER_KINDS

Subject = Literal["entity", "community"]
LOOK_ALIKES = ("look_alike_titles", "look_alike_images")
# What is known of a subject beside its edges and motifs, with what it means.
FACTS = {
    "known": "1 for an entity of which a violation is known, in any domain",
    "hops": "ties to the nearest other known violator, where a path leads to one",
    "age_days": "days since it joined, was listed or began, else since its first activity",
    "lines": "order lines of the merchant, all that count for an edge",
    "lines_a_day": "lines by age_days, of one day at least",
    "copied": "products of the merchant whose title or image nearly repeats that of another merchant's",
    "seeds": "members of the community with a known violation of the domain",
    "size": "members of the community",
    "density": "pairs of members that an edge joins, of all pairs",
    "money_within": "share of what its merchants sold in 30 days that its own buyers bought",
}


@dataclass(frozen=True)
class Edges:
    """Edges of some relations. kinds, neighbours: of the entity and the other end, empty: any; of a community neither.

    known: only those whose other end is a known violator; of an entity. evidence: least evidence_count.
    """

    relations: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()
    known: bool = False
    evidence: int = 1


@dataclass(frozen=True)
class Bound:
    """A fact that is known and lies within these limits, both inclusive."""

    fact: str
    least: float = float("-inf")
    most: float = float("inf")

    def holds(self, facts: Mapping[str, float]) -> bool:
        return self.fact in facts and self.least <= facts[self.fact] <= self.most


@dataclass(frozen=True)
class Reason:
    """One code. edges: with `least` of them, beside the bounds. kinds: of the entity; empty: any."""

    code: str
    text: str
    subject: Subject = "entity"
    edges: Edges | None = None
    least: int = 1
    bounds: tuple[Bound, ...] = field(default=())
    motif: str | None = None

    @property
    def counted(self) -> str | None:
        """The fact that is its count, if it has one."""
        if self.edges is not None:
            return f"edges of {self.code}"
        return None if self.motif is None else motif_fact(self.motif)

    def count(self, facts: Mapping[str, float]) -> int:
        """How many facts it is said for; 0: it does not hold."""
        counted = 1 if self.counted is None else int(facts.get(self.counted, 0))
        holds = counted >= self.least and all(bound.holds(facts) for bound in self.bounds)
        return counted if holds else 0


def motif_fact(name: str) -> str:
    """The name of the fact how many instances of a motif the subject is in."""
    return f"motif {name}"


_A_OR_AN = {
    "address": "an address",
    "ip": "an internet address",
    "bank": "a bank account",
    "payment": "a means of payment",
}
CATALOGUE = (
    Reason("known_violation", "a violation is known of it", bounds=(Bound("known", least=1),)),
    *(
        Reason(
            f"shares_{kind}_with_known_ring",
            f"it shares {_A_OR_AN.get(kind, f'a {kind}')} with one of whom a violation is known",
            edges=Edges((f"shares_{kind}",), known=True),
        )
        for kind in IDENTIFIER_KINDS
    ),
    Reason(
        "near_known_violator",
        "a known violator is two ties away or nearer",
        bounds=(Bound("hops", least=1, most=2),),
    ),
    Reason(
        "several_shops_one_owner",
        "the merchant shares devices, accounts or an address with two other merchants or more",
        edges=Edges(("shares_device", "shares_bank", "shares_address"), ("merchant",), ("merchant",)),
        least=2,
    ),
    Reason(
        "review_burst",
        "the buyer gave the same stars to the same products as others did, within days, three of them or more",
        edges=Edges(("reviewed_together",), ("buyer",), ("buyer",)),
        least=3,
    ),
    Reason(
        "acts_in_step",
        "it acts on the same things within seconds of two others or more",
        edges=Edges(("bursts",)),
        least=2,
    ),
    Reason(
        "lookalike_listing",
        "the product's title or image nearly repeats that of another merchant's",
        edges=Edges(LOOK_ALIKES, ("product",)),
    ),
    Reason(
        "lookalike_listings",
        "two products of the merchant or more nearly repeat those of other merchants",
        bounds=(Bound("copied", least=2),),
    ),
    Reason(
        "habitual_buyer_of_known",
        "the buyer ordered three times or more from a merchant of whom a violation is known",
        edges=Edges(("bought_merchant",), ("buyer",), known=True, evidence=3),
    ),
    Reason(
        "new_and_fast",
        "the merchant joined within 60 days and sells two order lines a day or more",
        bounds=(Bound("age_days", most=60), Bound("lines", least=30), Bound("lines_a_day", least=2)),
    ),
    Reason(
        "known_members",
        "a violation is known of two members or more",
        "community",
        bounds=(Bound("seeds", least=2),),
    ),
    Reason(
        "tight_group",
        "four members or more, and half of all pairs of them are joined",
        "community",
        bounds=(Bound("size", least=4), Bound("density", least=0.5)),
    ),
    Reason(
        "trades_with_itself",
        "three tenths or more of what its merchants sold in 30 days, its own members bought",
        "community",
        bounds=(Bound("money_within", least=0.3),),
    ),
    Reason(
        "shared_accounts",
        "two pairs of members or more share a bank account or a means of payment",
        "community",
        edges=Edges(("shares_bank", "shares_payment")),
        least=2,
    ),
    Reason(
        "shared_devices",
        "two pairs of members or more share a device",
        "community",
        edges=Edges(("shares_device",)),
        least=2,
    ),
    Reason(
        "crowd_of_reviewers",
        "three pairs of members or more gave the same products the same stars within days",
        "community",
        edges=Edges(("reviewed_together",)),
        least=3,
    ),
    Reason(
        "copied_listings",
        "two pairs of members or more are listings that nearly repeat each other",
        "community",
        edges=Edges(LOOK_ALIKES),
        least=2,
    ),
)


def reasons_of(motifs: MotifsConfig) -> tuple[Reason, ...]:
    """All codes: the catalogue's, and one for each motif that can be looked for, of entities and of communities."""
    of_motifs = [
        Reason(name, motif.text, subject, motif=name)
        for name, motif in motifs.motifs.items()
        if motif.untold is None
        for subject in ("entity", "community")
    ]
    return (*CATALOGUE, *of_motifs)


def text_of(code: str, motifs: MotifsConfig) -> str:
    """What a code says."""
    return next((reason.text for reason in reasons_of(motifs) if reason.code == code), code)
