"""Products: who sells one, since when, at which price; and the listings with titles and image hashes.

Slots: the merchants' own products first (OWN_PRODUCTS each), then the block of copied listings, then the
rest, which falls to merchants by popularity.
"""

from __future__ import annotations

from marketgraph.synth.clock import at
from marketgraph.synth.people import joined
from marketgraph.synth.rows import Rows
from marketgraph.synth.slots import Block
from marketgraph.synth.terms import (
    Term,
    Value,
    call,
    choose,
    col,
    floor,
    greatest,
    item_at,
    lit,
    pmod,
)
from marketgraph.synth.titles import copied_title, original_title
from marketgraph.synth.words import CATEGORIES
from marketgraph.synth.world import DAY, OWN_PRODUCTS, World

# A copied image differs from the original in at most this many of its 64 bits.
MOST_FLIPPED_BITS = 4


def own_product(merchant: Term, number: Value) -> Term:
    """The slot of a merchant's own product; any number will do, it is taken modulo OWN_PRODUCTS."""
    return merchant * OWN_PRODUCTS + pmod(number, OWN_PRODUCTS)


def copies(world: World) -> Block:
    """The block of copied listings."""
    return world.block("copied_listings", "product")


def victim(world: World, group: Term) -> Term:
    """The product that a group of copied listings is copied from: a veteran merchant's second own product."""
    return own_product(world.merchants.veteran(_victim_rank(world, group)), 1)


def _victim_rank(world: World, group: Term) -> Term:
    return group + world.draws.constant("victims") % 1_000


def seller(world: World, product: Term) -> Term:
    """The merchant that lists the product. The seller of a copy is another veteran than the victim's."""
    block = copies(world)
    away = world.draws.below("copier", world.merchants.veterans - 1, product) + 1
    copier = world.merchants.veteran(_victim_rank(world, block.group(product)) + away)
    return choose(
        (product < block.first, floor(product / OWN_PRODUCTS)),
        (block.has_member(product), copier),
        otherwise=world.merchants.popular("seller", product),
    )


def listed(world: World, product: Term, seller_joined: Term) -> Term:
    """The second at which the product was listed, given when its seller joined.

    Own products come within days of joining; copies within the window, and so after their victims, which are
    veterans' own; the rest at any time since the seller joined, most of them early.
    """
    block, lag = copies(world), world.draws.uniform("listed", product)
    own = seller_joined + floor(lag * min(5 * DAY, world.days * DAY // 10))
    copied = floor(lag * int(0.6 * (world.days - 4) * DAY)) + (world.start + DAY)
    late = call("pow", lag, 1.5)
    rest = floor(seller_joined * (lit(1.0) - late) + late * float(world.end - 2 * DAY))
    return choose((product < block.first, own), (block.has_member(product), copied), otherwise=rest)


def with_listing(world: World, rows: Rows, product: str) -> Rows:
    """Adds `<product>_seller`, `_joined` (when the seller did) and `_listed` to rows with a product's slot."""
    shop, since = f"{product}_seller", f"{product}_joined"
    known = rows.extend(**{shop: seller(world, col(product))})
    dated = known.extend(**{since: joined(world, "merchant", col(shop))})
    return dated.extend(**{f"{product}_listed": listed(world, col(product), col(since))})


def with_origin(world: World, rows: Rows, product: str, *, seller: str) -> Rows:
    """Adds `is_copy`, `origin` (the victim of a copy, else the product), `maker` (who sells that), `category`.

    seller: the column with the product's own seller. The category is its number among CATEGORIES.
    """
    block, slot, is_copy = copies(world), col(product), col("is_copy")
    told = rows.extend(is_copy=block.has_member(slot))
    known = told.extend(origin=choose((is_copy, victim(world, block.group(slot))), otherwise=slot))
    # A victim is one of its merchant's own products.
    maker = choose((is_copy, floor(col("origin") / OWN_PRODUCTS)), otherwise=col(seller))
    return known.extend(maker=maker).extend(category=_category(world))


def _category(world: World) -> Term:
    """A merchant keeps to one category for six products of seven."""
    draws, kinds = world.draws, len(CATEGORIES)
    stray = draws.chance("category/stray", 1 / 7, col("origin"))
    usual = draws.below("category/maker", kinds, col("maker"))
    return choose((stray, draws.below("category", kinds, col("origin"))), otherwise=usual)


def price_cents(world: World, product: str) -> Term:
    """The listed price in cents, of rows with_origin: from 3 to about 600, ending in 99. Copies undercut."""
    draws, origin = world.draws, col("origin")
    spread = draws.uniform("price/1", origin) + draws.uniform("price/2", origin)
    full = floor(call("exp", spread * 2.0 + pmod(col("category"), 4) * 0.4 + 1.1))
    undercut = greatest(floor(full * (draws.uniform("price/copy", col(product)) * 0.35 + 0.6)), 1)
    return choose((col("is_copy"), undercut), otherwise=full) * 100 + 99


def money(cents: Term) -> Term:
    """Cents as MONEY, exactly."""
    return (cents.cast("decimal(16,0)") * Term("0.01BD")).cast("decimal(18,4)")


def products(world: World) -> Rows:
    """One row per product."""
    known = with_origin(
        world, with_listing(world, world.slots("product"), "slot"), "slot", seller="slot_seller"
    )
    titled = known.extend(original_title=original_title(world))
    slot, is_copy = col("slot"), col("is_copy")
    original, image = col("original_title"), world.draws.hash64("image", col("origin"))
    return titled.select(
        product_id=world.products.id(slot),
        merchant_id=world.merchants.id(col("slot_seller")),
        title=choose((is_copy, copied_title(world, original, slot)), otherwise=original),
        category=item_at(list(CATEGORIES), col("category")),
        image_hash=hex_digits(choose((is_copy, _flipped(world, image, slot)), otherwise=image)),
        measures=Term("CAST(NULL AS string)"),
        price=money(price_cents(world, "slot")),
        listed_at=at(col("slot_listed")),
    )


def _flipped(world: World, image: Term, copy: Term) -> Term:
    """The image with 1 to MOST_FLIPPED_BITS of its bits flipped."""
    # Each flip falls in a part of its own of the 64 bits, so that no two of them undo each other.
    part = 64 // MOST_FLIPPED_BITS
    flips = world.draws.below("image/flips", MOST_FLIPPED_BITS, copy) + 1
    for n in range(MOST_FLIPPED_BITS):
        bit = call("shiftleft", 1, (world.draws.below(f"image/bit/{n}", part, copy) + n * part).cast("int"))
        image = image ^ choose((flips > n, bit), otherwise=0)
    return image


def hex_digits(bits: Term) -> Term:
    """64 bits as 16 hex digits."""
    return call("lower", call("lpad", call("hex", bits), lit(16).cast("int"), "0"))
