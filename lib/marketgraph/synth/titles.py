"""Titles of products, and how a copier edits one.

The edit rule. Let a title have `a` shingles (its substrings of SHINGLE characters). A copy

- appends text that makes a/4 more shingles: similarity a / (a + a/4) = 0.8; or
- cuts its end by a/5 shingles: (a - a/5) / a = 0.8; or
- puts text of a/9 shingles before it and cuts as many from the end: (a - a/9) / (a + a/9) = 0.8.

Similarity is the Jaccard index of the two sets of shingles. Since all edits are at the ends, the figure is
nearly the same for any length of shingle from 2 to 6. Rounding to whole characters and shingles that occur
twice move it by a few hundredths.
"""

from __future__ import annotations

from collections.abc import Sequence

from marketgraph.synth.people import brand
from marketgraph.synth.terms import Term, Value, call, choose, col, item_at, lit, words_joined
from marketgraph.synth.words import ADJECTIVES, CATEGORIES, COLOURS, FEATURES, FILLER
from marketgraph.synth.world import World

SHINGLE = 3
PLANTED_SIMILARITY = 0.8


def original_title(world: World) -> Term:
    """A title such as `Luvora Slim Cotton Jacket with Zip Pocket Navy Blue K4F9`.

    Made from the columns `origin`, `maker` and `category` (its place in CATEGORIES).
    """
    draws, origin = world.draws, col("origin")
    return words_joined(
        " ",
        brand(world, col("maker")),
        draws.pick("title/adjective", ADJECTIVES, origin),
        _of_category(world, "title/material", [materials for materials, _ in CATEGORIES.values()]),
        _of_category(world, "title/noun", [nouns for _, nouns in CATEGORIES.values()]),
        draws.pick("title/feature", FEATURES, origin),
        draws.pick("title/colour", COLOURS, origin),
        part(call("hex", draws.hash64("title/model", origin)), 1, 4),
    )


def _of_category(world: World, salt: str, words: Sequence[Sequence[str]]) -> Term:
    each = len(words[0])
    flat = [word for of_category in words for word in of_category]
    return item_at(flat, col("category") * each + world.draws.below(salt, each, col("origin")))


def part(text: Term, first: Value, length: Value) -> Term:
    """`length` characters of a text from the `first`, counted from 1."""
    return call("substring", text, lit(first).cast("int"), lit(length).cast("int"))


def copied_title(world: World, original: Term, copy: Term) -> Term:
    """The title edited for a copy by one of the three rules above."""
    draws = world.draws
    length = call("length", original).cast("bigint")
    shingles = length - (SHINGLE - 1)
    half = len(FILLER) // 2
    filler = part(lit(FILLER), draws.below("title/filler", half, copy) + 1, half)
    quarter, fifth, ninth = (call("round", shingles / share).cast("bigint") for share in (4, 5, 9))
    appended = words_joined(" ", original, part(filler, 1, quarter - 1))
    shortened = part(original, 1, length - fifth)
    fronted = words_joined(" ", part(filler, 1, ninth - 1), part(original, 1, length - ninth))
    rule = draws.below("title/rule", 3, copy)
    return choose((rule.equals(0), appended), (rule.equals(1), shortened), otherwise=fronted)
