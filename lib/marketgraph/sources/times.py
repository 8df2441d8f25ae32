"""Times as text: ISO, or a closed pattern language; a text that only looks like a time is none.

Spark's own casts take 'T12:00' for today at noon, and its formatter may fail the whole job over one value.
Here a pattern becomes a regular expression, a text that matches is written anew as ISO, and Spark casts that.
"""

from __future__ import annotations

import re

from pyspark.sql import Column
from pyspark.sql import functions as F

from marketgraph.errors import ConfigError

ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$"
_UNIX = {"unix_seconds": (r"^\d{1,10}(\.\d{1,6})?$", 1), "unix_millis": (r"^\d{1,13}$", 1000)}
# Tokens of a format, longest first: what they match, and how they are called in the ISO text.
_TOKENS = {
    "SSSSSS": (r"\d{6}", "fraction"),
    "yyyy": (r"\d{4}", "year"),
    "SSS": (r"\d{3}", "fraction"),
    "XXX": (r"Z|[+-]\d{2}:\d{2}", "offset"),
    "MM": (r"\d{2}", "month"),
    "dd": (r"\d{2}", "day"),
    "HH": (r"\d{2}", "hour"),
    "mm": (r"\d{2}", "minute"),
    "ss": (r"\d{2}", "second"),
}
_SPLIT = re.compile("|".join(_TOKENS) + "|'[^']*'|.", re.DOTALL)
_PARTS = (("year", "", None), ("month", "-", None), ("day", "-", None))
_CLOCK = (("hour", "T", "00"), ("minute", ":", "00"), ("second", ":", "00"))


def parsed_time(text: Column, pattern: str | None, *, place: str) -> Column:
    """The text as a timestamp, null where it does not match. Without an offset a time is UTC.

    pattern: of yyyy MM dd HH mm ss SSS SSSSSS XXX, quoted text and separators; unix_seconds or unix_millis;
    ISO when None. Raises ConfigError, naming `place`, for any other pattern.
    """
    if pattern in _UNIX:
        shape, per_second = _UNIX[pattern]
        seconds = F.when(text.rlike(shape), text.cast("decimal(20,6)") / per_second)
        return seconds.cast("decimal(20,6)").cast("timestamp")
    if pattern is None:
        return F.when(text.rlike(ISO), text.cast("timestamp"))
    shape, iso = translated(pattern, place=place)
    return F.when(text.rlike(shape), F.regexp_replace(text, shape, iso).cast("timestamp"))


def translated(pattern: str, *, place: str) -> tuple[str, str]:
    """A format as a regular expression, and the ISO text made of its groups: `$3-$2-$1T00:00:00Z`."""
    shape = ""
    groups: dict[str, str] = {}
    for piece in _SPLIT.findall(pattern):
        if piece in _TOKENS:
            matches, name = _TOKENS[piece]
            if name in groups:
                raise _bad(pattern, place, f"it gives the {name} twice")
            groups[name] = f"${len(groups) + 1}"
            shape += f"({matches})"
        elif piece[0].isalpha():
            raise _bad(pattern, place, f"{piece!r} is no part of a time; put plain letters in single quotes")
        else:
            shape += re.escape(piece.strip("'") if len(piece) > 1 else piece)
    missing = [name for name, _, _ in _PARTS if name not in groups]
    if missing:
        raise _bad(pattern, place, f"it has no {' and no '.join(missing)}")
    iso = "".join(
        before + (groups.get(name) or default or "") for name, before, default in (*_PARTS, *_CLOCK)
    )
    iso += f".{groups['fraction']}" if "fraction" in groups else ""
    return f"^{shape}$", iso + groups.get("offset", "Z")


def _bad(pattern: str, place: str, why: str) -> ConfigError:
    return ConfigError(
        f"{place}: the format {pattern!r} can't be used: {why}",
        fix="write it with yyyy MM dd HH mm ss SSS SSSSSS XXX, or unix_seconds, unix_millis",
    )
