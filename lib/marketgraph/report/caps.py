"""How much of a release a report shows, and with that how much of it the driver ever holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caps:
    """What is collected at most. All else on the pages is counted by Spark and comes as a few numbers.

    pages: communities with a page of their own, the first of the list. listed: rows of the list of communities.
    members: of one community in its table; those of the highest score come first. ties: edges of one community that
    are looked at, the strongest first. drawn, lines: vertices and joined pairs of one drawing. strongest: edges in the
    table of evidence. identifiers: shared values of one community. labelled: drawn vertices up to which each is named.
    With the defaults a report holds at most 100,000 edges and 7,500 members, some 50 MB of the driver's memory.
    """

    pages: int = 50
    listed: int = 1_000
    members: int = 150
    ties: int = 2_000
    drawn: int = 70
    lines: int = 240
    strongest: int = 25
    identifiers: int = 20
    labelled: int = 24
    groups: int = 10
    paths: int = 5
