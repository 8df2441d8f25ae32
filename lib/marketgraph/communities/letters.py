"""What blocks send each other in the exchange `shuffle`, and what a block does with its mail. One step of one block.

A block's state is a letter to itself: the label of each of its own vertices and ghosts, and who changed lately.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from marketgraph.communities.hubs import Count, counted, elected
from marketgraph.communities.measures import digest
from marketgraph.communities.packing import ints, longs
from marketgraph.communities.seeds import of_rows
from marketgraph.communities.settings import Schedule
from marketgraph.communities.shards import Shard, block_of, news
from marketgraph.communities.turns import rounds_unheard, turns_of
from marketgraph.communities.votes import Flags, Heard, Longs, Rule, Seeds, vote

LETTER = "place int, block int, kind int, sender int, first binary, second binary, changed long, digest long"
STATE, NEWS, COUNT, LABELS = range(4)


class Step(NamedTuple):
    """What a step is to do. iteration, turn: from 0; hubs: ids, ascending."""

    rule: Rule
    schedule: Schedule
    iteration: int
    turn: int
    hubs: Longs
    places: list[int]


@dataclass
class Mail:
    """A block's letters, opened. labels, moved: of own vertices and ghosts. within: labels that part components."""

    labels: Longs
    moved: Flags
    counts: dict[int, list[Count]] = field(default_factory=dict)
    given: list[tuple[Longs, Longs]] = field(default_factory=list)
    within: Longs = field(default_factory=lambda: np.empty(0, np.int64))


def opened(shard: Shard, letters: pd.DataFrame) -> Mail:
    """The state of a block after its news. A block without a state is at the beginning: its vertices' own labels."""
    ids = np.concatenate([shard.own, shard.ghosts])
    mail = Mail(ids, np.ones(ids.size, np.uint8))
    rows: list[Any] = list(letters.itertuples(index=False))
    for letter in rows:
        if letter.kind == STATE:
            mail.labels = longs(letter.first).copy()
            mail.moved = np.frombuffer(letter.second, np.uint8).copy()
    for letter in rows:
        if letter.kind == NEWS:
            at = shard.own.size + shard.sections[letter.sender] + ints(letter.first)
            mail.labels[at] = longs(letter.second)
            mail.moved[at] |= 1
        elif letter.kind == COUNT:
            rank = int(letter.sender)
            mail.counts.setdefault(rank, []).append((longs(letter.first), longs(letter.second)))
        elif letter.kind == LABELS:
            mail.given.append((longs(letter.first), longs(letter.second)))
    return mail


def begin(step: Step, shard: Shard, block: int, mail: Mail) -> Iterator[dict[str, Any]]:
    """The first state: own labels, those of seeds, or those given. Others hear of labels that aren't a vertex's own."""
    own = shard.own.size
    labels = mail.labels.copy()
    labels[shard.seeds] = shard.seed_labels
    for vertices, new in mail.given:
        here = np.isin(vertices, shard.own)
        labels[np.searchsorted(shard.own, vertices[here])] = new[here]
    moved = np.full(labels.size, _unheard(step), np.uint8)
    changed = (labels[:own] != mail.labels[:own]).astype(np.uint8)
    yield from told(step, shard, block, labels, moved, changed, counted_as=0)


def alone(step: Step, shard: Shard, block: int, mail: Mail) -> Iterator[dict[str, Any]]:
    """A state in which each vertex has its own label, seeds or not."""
    nobody = np.zeros(shard.own.size, np.uint8)
    yield from told(step, shard, block, mail.labels, mail.moved, nobody, counted_as=0)


settle = alone  # with mail: the same state, its news taken in


def cast(step: Step, shard: Shard, block: int, mail: Mail) -> Iterator[dict[str, Any]]:
    """A vote of the block's vertices whose turn it is, and what it has counted for each hub."""
    own, labels = shard.own.size, mail.labels
    turn = turns_of(shard.own, step.schedule, step.iteration)[step.turn]
    seeds = of_rows(shard.seeds, shard.seed_labels, shard.seed_votes, labels[:own])
    heard = Heard(labels, mail.moved, turn, 0, 1)
    chosen, _ = vote(shard.rows, heard, seeds, step.rule)
    chosen[shard.owned_hubs] = labels[shard.owned_hubs]  # its neighbours are heard elsewhere
    for rank, (found, votes) in zip(shard.ranks, counted(shard.hub_rows, labels), strict=True):
        if found.size:
            yield letter(step, owner_of(step, rank), COUNT, int(rank), found, votes)
    changed = (chosen != labels[:own]).astype(np.uint8)
    # what has been heard now is old; with two turns some are still to hear of it
    moved: Flags = ((mail.moved << 1) & _unheard(step)).astype(np.uint8)
    after = labels.copy()
    after[:own] = chosen
    moved[:own] |= changed
    yield from told(step, shard, block, after, moved, changed, counted_as=int(changed.sum()))


def elect(step: Step, shard: Shard, block: int, mail: Mail) -> Iterator[dict[str, Any]]:
    """The labels of the block's hubs, from what all blocks have counted."""
    own, labels = shard.own.size, mail.labels.copy()
    turn = turns_of(shard.own, step.schedule, step.iteration)[step.turn]
    pulls = of_rows(shard.seeds, shard.seed_labels, shard.seed_votes, labels[:own])
    changed = np.zeros(own, np.uint8)
    for row, rank in zip(shard.owned_hubs, shard.owned_ranks, strict=True):
        counts = mail.counts.get(int(rank), [(labels[:0], labels[:0])])
        seed = Seeds(*(part[row : row + 1] for part in pulls)) if pulls.votes.size else pulls
        may_change = not turn.size or bool(turn[row])
        label, _ = elected(counts, int(labels[row]), seed, step.rule, may_change)
        changed[row] = label != labels[row]
        labels[row] = label
    mail.moved[:own] |= changed
    yield from told(step, shard, block, labels, mail.moved, changed, counted_as=int(changed.sum()))


def told(
    step: Step, shard: Shard, block: int, labels: Longs, moved: Flags, changed: Flags, *, counted_as: int
) -> Iterator[dict[str, Any]]:
    """The block's state, a letter to itself, and news of its own vertices that changed, to all who hear them."""
    hashed = int(digest(shard.own, labels[: shard.own.size]))
    own = letter(step, block, STATE, block, labels, moved)
    yield own | {"changed": counted_as, "digest": hashed - (1 << 64) if hashed >> 63 else hashed}
    for target, at, new in news(shard, labels, changed):
        yield letter(step, target, NEWS, block, at, new)


def _unheard(step: Step) -> int:
    """A bit for each turn whose changes some vertex may be yet to hear of, the latest lowest."""
    return (1 << rounds_unheard(step.schedule)) - 1


def owner_of(step: Step, rank: int) -> int:
    """The block that a hub belongs to."""
    return int(block_of(step.hubs[rank : rank + 1], len(step.places))[0])


def letter(step: Step, to: int, kind: int, sender: int, first: Any, second: Any) -> dict[str, Any]:
    """One row of `LETTER`, to a block."""
    return {
        "place": step.places[to],
        "block": to,
        "kind": kind,
        "sender": sender,
        "first": first.tobytes(),
        "second": second.tobytes(),
        "changed": 0,
        "digest": 0,
    }
