"""Personal identifiers become keyed hashes: they still join, and can't be read or guessed without the key.

HMAC-SHA-256 (RFC 2104) of kind, a zero byte, and the normalised value. The kind keeps domains apart: the same
digits as a phone and as an account number give two hashes. The key travels inside the function that Spark
sends to its workers, never as a value in a query plan.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import re
import secrets
import stat
import tempfile
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

from marketgraph.errors import ConfigError

SHORTEST_KEY = 16  # bytes: below 128 bits the key could be searched for
FEWEST_DIFFERENT = 8  # bytes: 32 random hex digits have fewer with odds below 1 in 10^7


@dataclass(frozen=True)
class IdentifierKey:
    """The secret of the hash. Its text never shows in a repr, a log or an error."""

    secret: bytes = field(repr=False)

    @classmethod
    def from_file(cls, path: str | Path, *, create: bool = False) -> IdentifierKey:
        """The key in that file (all its bytes but white space at the ends).

        create: make a random one, readable by its owner only, when there is none; for development.
        Raises ConfigError when the file is missing, too short, or others may read it.
        """
        file = Path(path)
        if create and not file.exists():
            _write_new_key(file)
        try:
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & 0o077:
                raise ConfigError(
                    f"{file}: others may read this key (its mode is {mode:04o})", fix=f"chmod 600 {file}"
                )
            return cls(_long_enough(file.read_bytes().strip(), str(file)))
        except OSError as error:
            raise ConfigError(
                f"{file}: the key of the identifiers' hash can't be read: {error.strerror}",
                fix="give the file's path, or make one: openssl rand -hex 32 > FILE && chmod 600 FILE",
            ) from None

    @classmethod
    def from_env(cls, variable: str) -> IdentifierKey:
        """The key in that environment variable. Raises ConfigError when it is not set or too short."""
        value = os.environ.get(variable, "")
        if not value:
            raise ConfigError(
                f"the environment variable {variable}, key of the identifiers' hash, is not set",
                fix=f"export {variable}, for example with the output of: openssl rand -hex 32",
            )
        return cls(_long_enough(value.strip().encode(), variable))

    @property
    def check(self) -> str:
        """Eight hex digits that tell two keys apart and give nothing of them away."""
        return self.digest("key check", "")[:8]

    def digest(self, kind: str, value: str) -> str:
        """64 hex digits for a value of that kind."""
        message = kind.encode() + b"\0" + normalised(kind, value).encode("utf-8", "replace")
        return hmac.digest(self.secret, message, "sha256").hex()

    def hashed(self, kind: Column, value: Column) -> Column:
        """`digest` of two columns; null where the value is null."""

        def keyed_hash(kind_name: str | None, text: str | None) -> str | None:
            return None if text is None else self.digest(kind_name or "", text)

        # not by Arrow: its import costs a worker seconds, and saves little beside the hashing itself
        return F.udf(keyed_hash, StringType(), useArrow=False)(kind, value)


def normalised(kind: str, value: str) -> str:
    """The form in which two ways of writing one identifier agree: case, spacing, punctuation of numbers."""
    plain = value if value.isascii() else unicodedata.normalize("NFKC", value)
    text = " ".join(plain.casefold().split())
    if kind == "phone":
        digits = re.sub(r"\D", "", text)
        return ("+" + digits if text.startswith("+") else digits) if digits else text
    if kind in ("payment", "bank"):
        return re.sub(r"[\s-]", "", text) or text
    if kind == "ip":
        try:
            return ipaddress.ip_address(text).compressed
        except ValueError:
            return text
    return text


def _write_new_key(file: Path) -> None:
    """The file appears with the whole key in it: a run that is killed here leaves none, or one that can be used."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        opened, written = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # its owner's alone
        try:
            with os.fdopen(opened, "w") as handle:
                handle.write(secrets.token_hex(32) + "\n")
            os.link(written, file)
        finally:
            Path(written).unlink()
    except FileExistsError:
        return  # another run has just made it
    except OSError as error:
        raise ConfigError(
            f"{file}: can't make a key there: {error.strerror}", fix="choose a folder that you may write to"
        ) from None


def _long_enough(secret: bytes, place: str) -> bytes:
    if len(secret) < SHORTEST_KEY:
        raise ConfigError(
            f"{place}: the key has {len(secret)} bytes, at least {SHORTEST_KEY} are needed",
            fix="make one of 32 random bytes: openssl rand -hex 32",
        )
    if len(set(secret)) < FEWEST_DIFFERENT:
        raise ConfigError(
            f"{place}: the key repeats {len(set(secret))} different bytes, it could be guessed",
            fix="make one of 32 random bytes: openssl rand -hex 32",
        )
    return secret
