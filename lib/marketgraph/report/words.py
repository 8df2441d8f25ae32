"""How numbers, dates and identifiers are written on the pages."""

from __future__ import annotations

from datetime import date, datetime

from marketgraph.tables.sources import IDENTIFIER_KINDS

# Of a keyed hash: enough to tell two values of one community apart, too little to look one up.
MASK_DIGITS = 8
NONE = "–"


def masked(value: str) -> str:
    """The first digits of a keyed hash."""
    return f"{value[:MASK_DIGITS]}…"


def number(value: float | None, digits: int = 0) -> str:
    """A number with thousands separators; a dash for none."""
    return NONE if value is None else f"{value:,.{digits}f}"


def signed(value: int | None) -> str:
    """A change: `+12`, `−3`, `0`; a dash for none."""
    if value is None:
        return NONE
    return "0" if value == 0 else f"{'+' if value > 0 else '−'}{abs(value):,}"


def share(value: float | None, digits: int = 1) -> str:
    """A share of 1 as a percentage. One that is not nothing is never written as 0.0 %, nor one below all as 100 %."""
    if value is None:
        return NONE
    least = 10**-digits
    percent = value * 100
    if 0 < percent < least:
        return f"<{least:.{digits}f} %"
    if 100 - least < percent < 100:
        return f">{100 - least:.{digits}f} %"
    return f"{percent:.{digits}f} %".replace(f".{'0' * digits} %", " %") if digits else f"{percent:.0f} %"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 edge`, `2,000 edges`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def day(value: date | datetime | None) -> str:
    """A day in UTC: `2024-06-29`; a dash for none."""
    return NONE if value is None else f"{value:%Y-%m-%d}"


def minute(value: datetime | None) -> str:
    """A moment in UTC: `2024-06-29 13:05 UTC`."""
    return NONE if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


# What two have in common, or do with each other, by relation: as in "joined mostly by shared devices".
TIES = {
    "sells": "listings",
    "hosts": "hosting",
    "features": "featuring",
    **dict.fromkeys(("bought_product", "bought_merchant"), "purchases"),
    **dict.fromkeys(("reviewed_product", "reviewed_merchant"), "reviews"),
    **dict.fromkeys(("viewed_product", "viewed_merchant"), "views"),
    **dict.fromkeys(("returned_product", "returned_merchant"), "returns"),
    "shares_device": "shared devices",
    "shares_payment": "shared payment accounts",
    "shares_phone": "shared phones",
    "shares_address": "shared addresses",
    "shares_ip": "shared internet addresses",
    "shares_bank": "shared bank accounts",
    "bought_together": "common baskets",
    "same_buyers": "common buyers",
    "features_same_merchants": "common merchants",
    "reviewed_together": "joint reviews",
    "bursts": "acts within seconds",
    "look_alike_titles": "look-alike titles",
    "look_alike_images": "look-alike images",
    "look_alike_measures": "equal measures",
}


def tied_by(relation: str) -> str:
    """A relation as what joins two; its name in words where it has none."""
    return TIES.get(relation, spoken(relation))


def spoken(name: str) -> str:
    """A name of ours in words: `shares_device` is `shares device`."""
    return name.replace("_", " ")


def of_group(relation: str, value: str) -> str:
    """What a group has in common; masked where it is an identifier."""
    kind = relation.removeprefix("shares_")
    return masked(value) if relation.startswith("shares_") and kind in IDENTIFIER_KINDS else value


def short(text: str, most: int = 14) -> str:
    """A long id by its beginning."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def begun(sentence: str) -> str:
    """With a capital letter at its beginning; the rest as it is."""
    return sentence[:1].upper() + sentence[1:]


def listing(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return (
        words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" and {words[-1]}" if words else "nothing"
    )
