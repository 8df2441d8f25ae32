"""The key of the identifiers' hash is changed: old slices and new ones still join, and one key is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketgraph.config import IdentifiersConfig
from marketgraph.errors import ConfigError
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.key_change import ChangingKey
from marketgraph.sources.sentinels import SentinelsConfig
from marketgraph.stages.sources import identifier_key
from tests.sources.shop import BUYERS, IDENTIFIERS, KEY, Shop, accepted, refused, table, values

NEW = IdentifierKey(b"the next key of the tests, as long")
PHONES = ("+49 170 1", "+49 170 2")


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Two buyers share a phone, one has another; one line is broken, one number stands for nothing."""
    shop.write("buyers.csv", "id,town", "b1,Bonn", "b2,Köln", "b3,Faro")
    lines = (f"b1,{PHONES[0]},2024-01-01", f"b2,{PHONES[0]},2024-01-02", f"b3,{PHONES[1]},2024-01-01",
             f"b1,{PHONES[1]},2024-13-01", "b1,0000,2024-01-01")  # fmt: skip
    shop.write("phones.csv", "holder_kind,holder,number,first,last", *[f"buyer,{line}," for line in lines])
    return shop


def test_old_slices_and_new_ones_join_while_the_key_is_changed(stocked: Shop) -> None:
    tables = {"buyers": BUYERS, "identifiers": IDENTIFIERS}
    sentinels = SentinelsConfig(any=("0000",))
    with (
        stocked.conform(key=KEY, sentinels=sentinels, **tables) as before,
        stocked.conform(key=ChangingKey.between(NEW, KEY), sentinels=sentinels, **tables) as during,
    ):
        old, new, pairs = (
            table(before, "identifiers").accepted,
            table(during, "identifiers").accepted,
            during.rehashed,
        )
        assert pairs is not None
        assert before.rehashed is None
        assert values(pairs) == sorted(
            ("phone", KEY.digest("phone", p), NEW.digest("phone", p)) for p in PHONES
        )
        assert old.join(new, "value").isEmpty()
        # many-to-one: a hash of the old key has one of the new key
        carried = old.withColumnRenamed("value", "previous_value").join(pairs, ["kind", "previous_value"])
        assert values(carried.select(new.columns)) == values(new)


def test_what_is_stored_while_the_key_is_changed_is_as_if_there_were_the_new_key_alone(stocked: Shop) -> None:
    tables = {"buyers": BUYERS, "identifiers": IDENTIFIERS}
    with (
        stocked.conform(key=ChangingKey.between(NEW, KEY), **tables) as during,
        stocked.conform(key=NEW, **tables) as after,
    ):
        assert accepted(during, "identifiers") == accepted(after, "identifiers")
        assert refused(during, *during.quarantined.columns) == refused(after, *after.quarantined.columns)
        assert table(during, "identifiers").counts == table(after, "identifiers").counts


def test_the_id_of_a_changing_key_is_that_of_the_new_one() -> None:
    changing = ChangingKey.between(NEW, KEY)
    assert changing.check == NEW.check != KEY.check
    for secret in (KEY.secret, NEW.secret):
        assert secret.decode() not in repr(changing)


def test_a_key_is_not_changed_for_itself() -> None:
    with pytest.raises(ConfigError, match="the previous key is the key itself"):
        ChangingKey.between(KEY, IdentifierKey(KEY.secret))


def test_the_config_names_both_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "old.key"
    file.write_bytes(KEY.secret)
    file.chmod(0o600)
    monkeypatch.setenv("NEW_KEY", NEW.secret.decode())
    told = IdentifiersConfig(key_env="NEW_KEY", previous_key_file=str(file))
    assert identifier_key(told) == ChangingKey.between(NEW, KEY)
    with pytest.raises(ConfigError, match="OLD_KEY"):
        identifier_key(IdentifiersConfig(key_env="NEW_KEY", previous_key_env="OLD_KEY"))
    with pytest.raises(ValueError, match="either previous_key_file or previous_key_env"):
        IdentifiersConfig(key_env="NEW_KEY", previous_key_env="OLD_KEY", previous_key_file=str(file))
