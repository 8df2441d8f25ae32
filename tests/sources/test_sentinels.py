"""Identifiers that stand for nothing are set aside: they join nobody, and are not taken for broken rows."""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.sources.sentinels import NO_SENTINELS, SentinelsConfig, stands_for_nothing
from marketgraph.tables.sources import IDENTIFIER_KINDS, IDENTIFIERS, ORDERS
from tests.conftest import ROOT
from tests.sources import shop as given
from tests.sources.shop import BUYERS, KEY, Shop, accepted, part, refused, table

SENTINELS = SentinelsConfig.model_validate(
    {"any": ["unknown", "N/A", "0000"], "by_kind": {"ip": ["::"], "device": ["00:00:00:00:00:00"]}}
)
ANY_KIND = part(given.IDENTIFIERS, columns={"kind": "kind"})
HEADER = "holder_kind,holder,kind,number,first,last"


@pytest.fixture
def peopled(shop: Shop) -> Shop:
    """A shop with two buyers."""
    shop.write("buyers.csv", "id,town", "b1,Bonn", "b2,Köln")
    return shop


def test_a_sentinel_is_set_aside_however_it_is_written(peopled: Shop) -> None:
    peopled.write(
        "phones.csv",
        HEADER,
        "buyer,b1,phone,00-00,2024-01-01,",
        "buyer,b1,device,  UNKNOWN ,2024-01-01,",
        "buyer,b1,ip,0:0:0:0:0:0:0:0,2024-01-01,",
        "buyer,b1,bank,n/a,2024-01-01,",
        "buyer,b1,phone,0000 1,2024-01-01,",
    )
    with peopled.conform(sentinels=SENTINELS, buyers=BUYERS, identifiers=ANY_KIND) as conformed:
        counts = table(conformed, "identifiers").counts
        assert accepted(conformed, "identifiers", "value") == [(KEY.digest("phone", "00001"),)]
        assert (counts.set_aside, counts.refused, counts.read) == (4, 0, 5)
        (line,) = [line for line in conformed.warnings if line.startswith("identifiers:")]
        assert "identifiers: 4 of 5 rows set aside" in line


def test_a_sentinel_of_one_kind_is_a_value_of_another(peopled: Shop) -> None:
    mac = "00:00:00:00:00:00"
    peopled.write("phones.csv", HEADER, f"buyer,b1,device,{mac},,", f"buyer,b1,address,{mac},,")
    with peopled.conform(sentinels=SENTINELS, buyers=BUYERS, identifiers=ANY_KIND) as conformed:
        assert accepted(conformed, "identifiers", "kind") == [("address",)]


def test_what_else_is_wrong_with_a_row_that_is_set_aside_does_not_matter(peopled: Shop) -> None:
    peopled.write(
        "phones.csv",
        HEADER,
        "buyer,b9,phone,0000,2024-01-01,",
        "buyer,b1,phone,0000,2024-01-02,2024-01-01",
        "buyer,b1,phone,0000,2024-01-03,",
        "buyer,b1,phone,0000,2024-01-03,",
        "buyer,b1,phone,0000,2024-01-03,2024-01-04",
        "buyer,b9,phone,0001,2024-01-01,",
    )
    with peopled.conform(sentinels=SENTINELS, buyers=BUYERS, identifiers=ANY_KIND) as conformed:
        counts = table(conformed, "identifiers").counts
        assert (counts.accepted, counts.set_aside, counts.refused) == (0, 5, 1)
        assert refused(conformed, "reason", "column") == [("unknown_reference", "entity_id")]


def test_a_sentinel_of_the_run_s_date_or_after_is_later(peopled: Shop) -> None:
    peopled.write("phones.csv", HEADER, "buyer,b1,phone,0000,2024-02-29,", "buyer,b1,phone,0000,2024-03-01,")
    told = {"sentinels": SENTINELS, "buyers": BUYERS, "identifiers": ANY_KIND}
    for as_of, expected in ((date(2024, 3, 1), (1, 1)), (date(2024, 3, 2), (0, 2))):
        with peopled.conform(as_of=as_of, **told) as conformed:
            counts = table(conformed, "identifiers").counts
            assert (counts.later, counts.set_aside) == expected


def test_rows_set_aside_do_not_count_as_bad(peopled: Shop) -> None:
    peopled.write("phones.csv", HEADER, *[f"buyer,b1,phone,0000,2024-01-0{day}," for day in range(1, 9)])
    with peopled.conform(sentinels=SENTINELS, buyers=BUYERS, identifiers=ANY_KIND) as conformed:
        conformed.require_few_refused(0.0)
        assert conformed.quarantined.isEmpty()


def test_without_sentinels_every_value_joins(peopled: Shop) -> None:
    peopled.write("phones.csv", HEADER, "buyer,b1,phone,0000,,", "buyer,b2,phone,0000,,")
    with peopled.conform(buyers=BUYERS, identifiers=ANY_KIND) as conformed:
        assert table(conformed, "identifiers").counts.accepted == 2
        assert not [line for line in conformed.warnings if "set aside" in line]


def test_the_plan_shows_no_value_in_clear(spark: SparkSession) -> None:
    hidden = SentinelsConfig.model_validate({"any": ["a-very-special-word"]})
    frame = spark.createDataFrame([(KEY.digest("ip", "A-very-special-word"),), (None,)], "value string")
    judged = frame.select(stands_for_nothing(IDENTIFIERS, hidden, KEY).alias("aside"))
    assert sorted(row["aside"] for row in judged.collect()) == [False, True]
    assert "special" not in judged._jdf.queryExecution().toString()


def test_other_tables_and_no_sentinels_set_nothing_aside(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(KEY.digest("phone", "0000"),)], "value string")
    others = [stands_for_nothing(ORDERS, SENTINELS, KEY), stands_for_nothing(IDENTIFIERS, NO_SENTINELS, KEY)]
    assert tuple(frame.select(F.array(*others)).collect()[0][0]) == (False, False)


def test_the_list_that_comes_with_the_project_names_the_usual_ones() -> None:
    told = yaml.safe_load((ROOT / "conf" / "sentinels.yml").read_text(encoding="utf-8"))
    hashes = {KEY.digest(*pair) for pair in SentinelsConfig.model_validate(told).pairs()}
    usual = {kind: ["0000", "unknown", "N/A", "none", "NULL", "-"] for kind in IDENTIFIER_KINDS}
    usual["device"] += ["00-00-00-00-00-00", "FF:FF:FF:FF:FF:FF"]
    usual["ip"] += ["0.0.0.0", "127.0.0.1", "0:0::0"]  # noqa: S104 - no address to listen at
    missing = [
        (kind, value)
        for kind, values in usual.items()
        for value in values
        if KEY.digest(kind, value) not in hashes
    ]
    assert missing == []
