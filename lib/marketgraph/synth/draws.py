"""Random draws that are functions: of a seed, a salt and a row's index, never of the row's place in a plan.

The same arguments give the same draw on any cluster, under any partition count. Spark's pow and exp are
StrictMath's, so the bits are the same on any machine too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from marketgraph.synth.terms import Term, Value, call, choose, floor, item_at, least


def zipf_rank(uniform: Term, *, size: int, shift: float) -> Term:
    """A rank 0..size-1 whose share falls like 1 / (rank + shift): the inverse CDF of a Zipf-Mandelbrot law.

    The continuous law is inverted in closed form, so any size costs the same. A larger shift has a flatter head.
    Source: Mandelbrot (1953), with exponent 1.
    """
    return least(floor(call("pow", 1.0 + size / shift, uniform) * shift - shift), size - 1)


def alias_table(weights: Sequence[float]) -> tuple[list[float], list[int]]:
    """Thresholds and aliases for drawing an index in proportion to `weights` with one uniform.

    Source: Walker (1977), in Vose's (1991) linear-time form.
    """
    size, total = len(weights), sum(weights)
    shares = [w * size / total for w in weights]
    small = [i for i, s in enumerate(shares) if s < 1.0]
    large = [i for i, s in enumerate(shares) if s >= 1.0]
    thresholds, aliases = [1.0] * size, list(range(size))
    while small and large:
        little, big = small.pop(), large[-1]
        thresholds[little], aliases[little] = shares[little], big
        shares[big] -= 1.0 - shares[little]
        if shares[big] < 1.0:
            small.append(large.pop())
    return thresholds, aliases


@dataclass(frozen=True)
class Draws:
    """The draws of one seed. Every method takes a salt, the name of what is drawn, and the index terms.

    Index terms are longs: an int of the same value would give another draw.
    """

    seed: int

    def constant(self, salt: str) -> int:
        """One number in 0..2^63-1 that stands for the seed and the salt."""
        digest = hashlib.blake2b(f"{self.seed}/{salt}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 1

    def hash64(self, salt: str, *index: Value) -> Term:
        """64 bits, uniform over the signed longs. Two salts give independent draws for one index."""
        return call("xxhash64", self.constant(salt), *index)

    def uniform(self, salt: str, *index: Value) -> Term:
        """A double in [0, 1), with 53 bits."""
        return call("shiftrightunsigned", self.hash64(salt, *index), Term("11")) * 2.0**-53

    def below(self, salt: str, bound: Value, *index: Value) -> Term:
        """A long in 0..bound-1."""
        return floor(self.uniform(salt, *index) * bound)

    def chance(self, salt: str, share: float, *index: Value) -> Term:
        """True for about `share` of the indexes."""
        return self.uniform(salt, *index) < share

    def weighted(self, salt: str, weights: Sequence[float], *index: Value) -> Term:
        """A long in 0..len(weights)-1, each in proportion to its weight (Walker's alias method)."""
        thresholds, aliases = alias_table(weights)
        point = self.uniform(salt, *index) * float(len(weights))
        own = point - floor(point) < item_at([repr(t) for t in thresholds], floor(point)).cast("double")
        other = item_at([str(a) for a in aliases], floor(point)).cast("bigint")
        return choose((own, floor(point)), otherwise=other)

    def pick(self, salt: str, words: Sequence[str], *index: Value) -> Term:
        """One of the words, all alike likely."""
        return item_at(words, self.below(salt, len(words), *index))
