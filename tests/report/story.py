"""A marketplace of one ring and one pair, as facts: with names that try to be more than text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from marketgraph.report.community_facts import (
    Community,
    Held,
    Lineage,
    Listed,
    Member,
    Path,
    Reason,
    Shared,
    Tie,
)
from marketgraph.report.facts import Facts, ReleaseFacts
from marketgraph.report.overview_facts import (
    Calibration,
    Change,
    Check,
    Churn,
    Event,
    Motif,
    Partition,
    Ranking,
    Recovery,
    Round,
)
from marketgraph.report.relation_facts import Group, RelationFacts, Suppressed
from marketgraph.tables.communities import EVENTS, STOPS
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.sources import ENTITY_KINDS

EVIL = "<script>alert(1)</script>"
QUOTED = '" onmouseover="alert(2)" x=\''
DAY, BEFORE = date(2024, 6, 29), date(2024, 6, 28)
HASH = "0123456789abcdef" * 4


def listed(rank: int, community_id: int, size: int, **told: object) -> Listed:
    """A community of the list; most of it is made up."""
    kinds = {"merchant": min(size, 3), "buyer": max(size - 3, 0)}
    plain = Listed(
        rank=rank,
        community_id=community_id,
        score=0.9 / rank,
        seeds=1,
        size=size,
        kinds=tuple((kind, kinds.get(kind, 0)) for kind in ENTITY_KINDS),
        density=0.4,
        conductance=0.05,
        age_days=12,
        growth=1,
        new_members=1,
        main_relation="shares_device",
        shares=(("shares_device", 0.8), ("reviewed_together", 0.2)),
        countries=("DE", "FR"),
        shared_identifiers=2,
        rarest=("device", HASH[:16], 3),
        money=12345.5,
        money_within=2345.0,
        known_violations=1,
    )
    return replace(plain, **told)


def member(vertex_id: int, **told: object) -> Member:
    """A member that joined some days after the first."""
    joined = datetime(2024, 3, 1, 12) + timedelta(days=3 * vertex_id)
    kind = "merchant" if vertex_id < 3 else "buyer"
    title = {0: EVIL, 1: QUOTED, 2: "Plain & Sons"}.get(vertex_id)
    entity = f"{kind[0].upper()}{vertex_id}"
    plain = Member(vertex_id, kind, entity, title, 0.5, joined, joined, 2, 1.5, (), False)
    return replace(plain, **told)


def tie(src: int, dst: int, **told: object) -> Tie:
    """A tie by one device."""
    seen = datetime(2024, 3, 5, 9)
    plain = Tie(src, dst, "shares_device", 0.63, True, 1, 1.0, 1.0, 0.63, seen, seen + timedelta(days=40))
    return replace(plain, **told)


def ring(size: int = 9) -> Community:
    """Three merchants and their buyers, all in one circle and to the first merchant."""
    members = [member(n) for n in range(size)]
    members[0] = replace(members[0], known=(("fraud", date(2024, 5, 1)),), joined=None)
    members[-1] = replace(members[-1], is_new=True)
    circle = [tie(n, n + 1, weight=0.1 + n / 10) for n in range(size - 1)]
    spokes = [tie(0, n, relation="shares_bank", weight=0.4) for n in range(2, size)]
    trade = [tie(0, 5, relation="bought_merchant", holds=False)] if size > 5 else []
    return Community(
        listed(1, 7, size),
        tuple(members),
        (*circle, *spokes, *trade),
        (Held("shares_device", size - 1, 3.0, True), Held("bought_merchant", 1, 0.6, False)),
        (Shared("device", "01234567…", 3, 4),),
        (Lineage("grown", 7, 7, size - 1, 0.9, size, size - 1), Lineage("merged", 7, 9, 2, 0.2, size, 2)),
        (Reason("shared_device", "members share a device", 4),),
        (Path(1, ("merchant M1", "merchant M0"), ("shares_device",)),),
    )


def pair() -> Community:
    """Two buyers of whom nothing more is known: no dates, no titles, no shared value."""
    members = tuple(member(n, joined=None, first_activity=None, score=None, is_new=None) for n in (20, 21))
    one = listed(
        2, 8, 2, score=0.0, known_violations=0, countries=(), rarest=None, growth=None, new_members=None
    )
    return Community(one, members, (tie(20, 21),), (), (), ())


def relation(name: str) -> RelationFacts:
    """The numbers of a relation; some are empty."""
    if name in ("hosts", "features"):
        return RelationFacts(name, Change(name, 0, None), 0, 0, None, None, 0, (), (), (), ())
    suppressed = (Suppressed("drop", 2, 900, 200_000),) if name.startswith("shares_") else ()
    largest = (
        (Group("01234567…", 600, 179_700, "drop"), Group(EVIL, 300, 44_850, "drop")) if suppressed else ()
    )
    seen = (datetime(2024, 1, 2), datetime(2024, 6, 28, 23))
    bins = ((0, 1200), (1, 300), (2, 40), (5, 1)), ((-10, 5), (-2, 900), (-1, 700), (0, 3))
    return RelationFacts(name, Change(name, 1608, 1600), 1541, 4000, *seen, 44, *bins, suppressed, largest)


def churn() -> Churn:
    """A quiet day."""
    counts = {"born": 4, "continued": 300, "grown": 6, "merged": 1, "died": 2}
    events = tuple(Event(name, counts.get(name, 0), 20, 18, 22) for name in EVENTS)
    return Churn(BEFORE, 310, 309, 2000, 3, 0.0015, events)


def facts(**told: object) -> Facts:
    """The whole report of the story."""
    communities = (ring(), pair())
    plain = Facts(
        release=ReleaseFacts(
            "2024-06-29-abcdef01", DAY, datetime(2024, 6, 30, 1, 2), "0.1.0+x", 400, 1, ("2024-06-28-0", BEFORE), True
        ),
        entities=tuple(Change(f"{kind}s", 1000 * n, 990 * n) for n, kind in enumerate(ENTITY_KINDS, start=1)),
        tables=(Change("known violations", 41, 40),),
        sizes=((2, 220), (3, 60), (4, 20), (9, 9), (40, 1)),
        alone=12_345,
        rounds=(Round(1, 900, 0.6), Round(2, 200, 0.13), Round(3, 4, 0.003), Round(4, 0, 0.0)),
        partition=Partition("converged", STOPS["converged"], 4, 1500, 310, 2, 40, 0.93, 0.97),
        churn=churn(),
        warned=(Check("edges.sells", "volume", "", EVIL, "1 row at least"),),
        recovery=(Recovery("shares_device", "merchant_ring", 40, 36, 0.9, 1.0),),
        ranking=(Ranking("merchant_ring", True, 10, 9, 9, 100, 0.9), Ranking("kiosk", False, 5, 0, 0, 100, None)),
        calibration=(Calibration("any", "platt", 41, 0.91, 0.3, 0.2, 1.5, 0.02, 0.011),),
        listed=(communities[0].listed, communities[1].listed, listed(3, 11, 5, main_relation="reviewed_together")),
        communities=communities,
        relations=tuple(relation(name) for name in EDGE_TABLES),
        violations=41,
        absent=frozenset(),
        motifs=(Motif("self_dealing", "found", 3, None), Motif("circle", "absent", 0, "no payments between two")),
    )  # fmt: skip
    return replace(plain, **told)


def quiet_facts() -> Facts:
    """A company's first release: no violation, no creator, nothing before, nothing planted."""
    first = replace(facts().release, previous=None, checks_warned=0, same_config=False)
    bare = replace(churn(), previous_as_of=None, share=None, kept=0, changed=0)
    one = replace(pair(), listed=replace(pair().listed, rank=1, score=None))
    entities = (Change("merchants", 10, None), Change("creators", 0, None), Change("buyers", 99, None))
    return facts(
        release=first,
        entities=entities,
        tables=(),
        churn=bare,
        warned=(),
        recovery=(),
        ranking=(),
        calibration=(),
        listed=(one.listed,),
        communities=(one,),
        violations=0,
        motifs=(),
    )


def bare_facts() -> Facts:
    """A release without communities, from before there were names for them."""
    missing = frozenset({"communities.churn", "communities.profiles", "risk.calibration"})
    return replace(
        quiet_facts(),
        churn=None,
        listed=(),
        communities=(),
        sizes=(),
        rounds=(),
        partition=None,
        alone=None,
        absent=missing,
        relations=(),
    )
