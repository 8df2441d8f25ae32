"""Personal identifiers join by their hash, and are never seen in clear."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.errors import ConfigError
from marketgraph.sources.identity import IdentifierKey, normalised
from tests.sources.shop import (
    BUYERS,
    IDENTIFIERS,
    KEY,
    Shop,
    accepted,
    part,
    refused,
)

PHONE = "+49 170 1234567"


def test_the_hash_is_hmac_sha256_of_kind_zero_value() -> None:
    expected = hmac.new(KEY.secret, b"phone\x00+491701234567", hashlib.sha256).hexdigest()
    assert KEY.digest("phone", PHONE) == expected


def test_the_same_digits_of_another_kind_have_another_hash() -> None:
    assert KEY.digest("phone", "123456") != KEY.digest("bank", "123456")


def test_another_key_gives_another_hash() -> None:
    assert KEY.digest("phone", PHONE) != IdentifierKey(b"another key of the tests").digest("phone", PHONE)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("phone", "+49 (170) 123-4567", "+491701234567"),
        ("bank", "DE89 3704 0044 0532 0130 00", "de89370400440532013000"),
        ("payment", "4111-1111-1111-1111", "4111111111111111"),
        ("ip", "2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("address", "Main  Street 1", "main street 1"),
        ("device", "ABC-Ｄ", "abc-d"),
    ],
)
def test_two_ways_of_writing_one_identifier_agree(kind: str, one: str, other: str) -> None:
    assert KEY.digest(kind, one) == KEY.digest(kind, other)


@pytest.mark.parametrize(("kind", "junk"), [("phone", "unknown"), ("bank", "-"), ("ip", "localhost")])
def test_junk_keeps_its_own_text(kind: str, junk: str) -> None:
    assert normalised(kind, junk) == junk


def test_the_key_does_not_show(spark: SparkSession, capfd: pytest.CaptureFixture[str]) -> None:
    frame = spark.createDataFrame([("phone", PHONE)], "kind string, value string")
    hashed = frame.select(KEY.hashed(F.col("kind"), F.col("value")).alias("hash"))
    hashed.explain(True)
    shown = capfd.readouterr().out + repr(KEY) + str(KEY) + hashed._jdf.queryExecution().toString()
    assert KEY.secret.decode() not in shown
    assert KEY.secret.hex() not in shown
    assert hashed.collect()[0][0] == KEY.digest("phone", PHONE)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("0123456789abcdef0123456789abcdef")
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="mode is 0640") as caught:
        IdentifierKey.from_file(file)
    assert f"chmod 600 {file}" in str(caught.value)
    assert "0123456789abcdef" not in str(caught.value)


def test_a_short_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.write_text("short\n")
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="the key has 5 bytes, at least 16"):
        IdentifierKey.from_file(file)
    monkeypatch.setenv("SHOP_KEY", "short")
    with pytest.raises(ConfigError, match="SHOP_KEY"):
        IdentifierKey.from_env("SHOP_KEY")


def test_a_missing_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_KEY", raising=False)
    with pytest.raises(ConfigError, match="SHOP_KEY"):
        IdentifierKey.from_env("SHOP_KEY")
    with pytest.raises(ConfigError, match="No such file"):
        IdentifierKey.from_file(tmp_path / "key")


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "key"
    made = IdentifierKey.from_file(file, create=True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert IdentifierKey.from_file(file, create=True) == made
    assert len(made.secret) >= 32


def test_accepted_identifiers_are_hashes(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    shop.write("phones.csv", "holder_kind,holder,number,first,last", f"buyer,b1,{PHONE},2024-01-01,")
    with shop.conform(buyers=BUYERS, identifiers=IDENTIFIERS) as conformed:
        assert accepted(conformed, "identifiers", "entity_id", "value") == [
            ("b1", KEY.digest("phone", PHONE))
        ]


def test_no_refused_row_and_no_message_shows_a_personal_value(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town,mobile", "b1,Bonn,555000111", ",Köln,555000222")
    shop.write(
        "phones.csv",
        "holder_kind,holder,number,first,last",
        "buyer,b1,555000333,2024-13-01,",
        "buyer,b9,555000444,2024-01-01,",
        "buyer,b1,\ufffd555000555,2024-01-01,",
        "buyer,b1,555000666",
        "buyer,b1,555000777,2024-01-01,",
    )
    with shop.conform(buyers=part(BUYERS, personal=["mobile"]), identifiers=IDENTIFIERS) as conformed:
        kept = refused(conformed, "reason", "bad_value", "raw_row")
        told = "\n".join(conformed.warnings)
    assert [reason for reason, _, _ in kept] == [
        "bad_encoding",
        "bad_type",
        "missing_value",
        "unknown_reference",
        "unreadable",
    ]
    assert "555000" not in repr(kept) + told
    assert "a personal value, not shown" in told


def test_a_column_that_feeds_an_identifier_is_personal_for_every_table_that_reads_the_file(
    shop: Shop,
) -> None:
    shop.write("people.csv", "id,town,number", "b1,Bonn,555000111", ",Köln,555000222")
    buyers = {"from": "people.csv", "format": "csv", "columns": {"buyer_id": "id", "city": "number"}}
    phones = {
        "from": "people.csv",
        "format": "csv",
        "where": "id is not null",
        "columns": {
            "entity_kind": {"value": "buyer"},
            "entity_id": "id",
            "kind": {"value": "phone"},
            "value": {"expr": "concat('+49', number)"},
        },
    }
    with shop.conform(buyers=buyers, identifiers=phones) as conformed:
        ((reason, raw_row),) = refused(conformed, "reason", "raw_row")
    assert reason == "missing_value"
    assert "555000222" not in raw_row
