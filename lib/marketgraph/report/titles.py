"""Headings that say what is found, in a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from marketgraph.report.community_facts import Community, Listed
from marketgraph.report.facts import Facts
from marketgraph.report.overview_facts import Calibration, Churn, Round
from marketgraph.report.relation_facts import RelationFacts
from marketgraph.report.words import NONE, day, listing, plural, share, spoken, tied_by


def communities(facts: Facts) -> str:
    """The report's own heading."""
    found = sum(count for _, count in facts.sizes)
    told = plural(found, "community", "communities") if found else "No communities"
    on = f"{told} on {day(facts.release.as_of)}"
    if facts.churn is None or facts.churn.share is None:
        return on
    kept = share(1 - facts.churn.share)
    return f"{on}; {kept} of their vertices kept theirs since {day(facts.churn.previous_as_of)}"


def sizes(counts: Sequence[tuple[int, int]]) -> str:
    """What the sizes are like."""
    total = sum(count for _, count in counts)
    small = sum(count for size, count in counts if size <= 5)
    return f"{share(small / total, 0)} of the communities have five members or fewer, the largest has {counts[-1][0]:,}"


def rounds(told: Sequence[Round], stopped: str) -> str:
    """How label propagation went."""
    last = told[-1]
    if stopped == "converged" or last.changed == 0:
        return f"Labels settled after {plural(len(told), 'iteration')}"
    return f"After {plural(len(told), 'iteration')} {share(last.share)} of the vertices still changed their label"


def churn(told: Churn) -> str:
    """How the communities followed those before."""
    if told.share is None:
        return "No vertex is in a community of both dates"
    if not told.changed:
        return "Every vertex kept its community"
    return f"{share(1 - told.share)} of the vertices kept their community"


def calibration(rows: Sequence[Calibration]) -> str:
    """How the scores do beside the baseline."""
    better = [row.domain for row in rows if row.precision > row.baseline]
    names = listing([spoken(name) for name in better])
    if not better:
        return "Scores rank held-out violators no better than the share of risky neighbours does"
    return f"Scores rank held-out violators better than the share of risky neighbours does: {names}"


def community(one: Listed) -> str:
    """A community in few words: `3 merchants and 12 buyers, joined mostly by shared devices`."""
    kinds = [plural(count, kind) for kind, count in one.kinds if count]
    by = f", joined mostly by {tied_by(one.main_relation)}" if one.main_relation else ""
    return f"{listing(kinds)}{by}"


def drawing(one: Community, drawn: int) -> str:
    """What the drawing shows."""
    size = one.listed.size
    if drawn >= size:
        return f"All {plural(size, 'member')} and what ties them"
    return f"{drawn:,} of {size:,} members, grown along the strongest ties"


def timeline(one: Community) -> str:
    """When the members came."""
    dated = sorted(m.joined for m in one.members if m.joined)
    if not dated:
        return "No member's joining is dated"
    days = (dated[-1] - dated[0]).days
    if days < 1:
        return f"All dated members joined on {day(dated[0])}"
    tenth = dated[len(dated) // 10 : len(dated) - len(dated) // 10]
    inner = max((tenth[-1] - tenth[0]).days, 1)
    most = f", most of them within {plural(inner, 'day')}" if inner < 0.75 * days else ""
    return f"Members joined over {plural(days, 'day')}{most}"


def relation(one: RelationFacts) -> str:
    """A relation in numbers."""
    if not one.edges.now:
        return "No edges in this release"
    more = one.edges.more
    since = (
        ""
        if more is None
        else ", as many as before"
        if more == 0
        else f", {'+' if more > 0 else '−'}{abs(more):,}"
    )
    return f"{plural(one.edges.now, 'edge')} between {plural(one.vertices, 'vertex', 'vertices')}{since}"


def score(value: float | None) -> str:
    """A score of 0 to 1 with two digits; `<0.01` for one that is small and not nothing."""
    if value is None:
        return NONE
    return "<0.01" if 0 < value < 0.005 else f"{value:.2f}"
