"""Ways to spoil a YAML file that need to know what YAML is: values, keys, nesting, tags, aliases."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import strategies as st

from tests.fuzz.spoiling import ANY_FILE, NASTY, Draw, Spoil

_KEY_AND_VALUE = re.compile(r"^(\s*(?:- )?)([\w.\-]+):(.*)$")
# Each is one scalar, list or map to YAML, or no YAML at all.
VALUES = (
    "~", "yes", "off", "0", "-1", "1.5", "1e400", ".inf", ".nan", "0o17", "0b2", "190:20:30", "2024-01-01",
    "2024-13-45",
    "0000-00-00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "[]", "{}", "[[]]", "[1, a, null]",
    "{a: b}",
    "{1: 2}", "{[a]: b}", "{? [a] : b}", "!!python/object/apply:os.system [id]", "!!python/name:os.system",
    "!!binary aaa=",
    "!!binary '====='", "!!set {a, b}", "!!omap [a: 1]", "!!float x", "!!int ''", "!!timestamp x", "!!bool maybe",
    "!!null x",
    "!unknown x", "&a [*a]", "*nobody", "&a", "|", ">-", "'", '"', '"\\0"', '"\\ud800"', '"\\x"', "%YAML 9.9",
    "---", "...",
    "@", "`", "[", "{", "[" * 3000, "{a: " * 3000, "- " * 3000, "1" * 5000, "0x" + "f" * 5000,
    "'" + "x" * 100_000 + "'",
    "a: b: c", "\t x", "# gone", "=", "<<: {a: 1}", "\u0085", "\u2028", "\ufeff",
    "not " * 1000 + "x", "'" + "(" * 2000 + "'", "x = 1 and " * 2000 + "x = 1",
    '"a\\0b"', "/", "~/x", "../../../../x", "s3a://nowhere/x", "hdfs://x:y/z", "file:///x", "a b", "x" * 5000,
)  # fmt: skip


def with_another_value(draw: Draw, content: bytes) -> bytes:
    """A key's value is another, of any type or of none."""
    value = draw(st.sampled_from(VALUES) | st.sampled_from(NASTY))
    return _on_a_pair(draw, content, lambda lead, key, _: f"{lead}{key}: {value}")


def with_another_key(draw: Draw, content: bytes) -> bytes:
    name = draw(
        st.sampled_from(
            ("x", "1", "~", "null", "'a.b'", "?", "<<", "1.5", "2024-01-01", "yes", "''", "'\\'", "[a]")
        )
    )
    return _on_a_pair(draw, content, lambda lead, _, value: f"{lead}{name}:{value}")


def with_a_pair_twice(draw: Draw, content: bytes) -> bytes:
    return _on_a_pair(draw, content, lambda lead, key, value: f"{lead}{key}:{value}\n{lead}{key}:{value}")


def without_a_pair(draw: Draw, content: bytes) -> bytes:
    return _on_a_pair(draw, content, lambda *_: "")


def indented(draw: Draw, content: bytes) -> bytes:
    by = draw(st.sampled_from(("  ", " ", "\t", "    - ")))
    return _on_a_pair(draw, content, lambda lead, key, value: f"{by}{lead}{key}:{value}")


def _on_a_pair(draw: Draw, content: bytes, change: Callable[..., str]) -> bytes:
    lines = content.decode("utf-8", "replace").split("\n")
    pairs = [number for number, line in enumerate(lines) if _KEY_AND_VALUE.match(line)]
    if pairs:
        number = draw(st.sampled_from(pairs))
        found = _KEY_AND_VALUE.match(lines[number])
        lines[number] = change(*found.groups()) if found else lines[number]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


YAML_FILE: tuple[Spoil, ...] = (
    *(with_another_value,) * 8, *(with_another_key,) * 3, with_a_pair_twice, without_a_pair, indented, *ANY_FILE,
)  # fmt: skip
