"""A process of its own with a Hive metastore (Derby, in a folder): from there the small marketplace is conformed.

    python -m tests.hive.in_hive RAW FOLDER

The `spark` of the other tests has no Hive, and a session takes a catalog only as it starts.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.errors import MarketgraphError
from marketgraph.session import build_session
from marketgraph.sources.conform import conform_sources
from marketgraph.sources.fingerprint import source_fingerprint
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.mapping import SourceMapping
from marketgraph.spark_settings import SparkSettings
from marketgraph.yaml_file import read_yaml

MAPPING = Path(__file__).resolve().parents[2] / "conf" / "sources" / "synthetic.yml"
KEY = IdentifierKey(b"a key of the tests, 32 bytes long")
AS_OF = date(2024, 6, 19)
NAMES = ("merchants", "products", "creators", "contents", "buyers", "orders", "order_items")
# canonical table -> its table in Hive
IN_HIVE = {name: f"market.{name}" for name in ("merchants", "products", "buyers", "orders")}


def session(folder: Path) -> SparkSession:
    """As the product builds it for `spark.hive: true`, with a metastore in `folder`."""
    extra = {
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:{folder}/metastore;create=true",
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
        "spark.hadoop.hive.exec.dynamic.partition.mode": "nonstrict",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}",
        "spark.sql.adaptive.enabled": "false",
    }
    settings = SparkSettings(
        master="local[2]",
        driver_memory="2g",
        shuffle_partitions=2,
        hive=True,
        generated_code="quick",
        extra=extra,
    )
    return build_session(settings, app_name="sources in Hive")


def fill(spark: SparkSession, raw: str, folder: Path) -> None:
    """Merchants as ORC, products as Delta, buyers a view of Parquet, orders as text with a partition elsewhere."""
    spark.sql(f"create database market location '{folder}/market.db'")
    spark.read.parquet(f"{raw}/merchants").write.format("hive").option("fileFormat", "orc").saveAsTable(
        "market.merchants"
    )
    spark.read.parquet(f"{raw}/buyers").write.format("hive").option("fileFormat", "parquet").saveAsTable(
        "market.people"
    )
    spark.read.parquet(f"{raw}/products").write.format("delta").saveAsTable("market.products")
    spark.sql("create view market.buyers as select * from market.people")
    orders = spark.read.parquet(f"{raw}/orders").withColumn("month", F.date_format("ordered_at", "yyyy-MM"))
    fields = orders.schema.fields[:-1]
    typed = ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in fields)
    spark.sql(
        f"create table market.orders ({typed}) partitioned by (month string) "
        "row format delimited fields terminated by '\\t'"
    )
    spark.sql(
        f"alter table market.orders add partition (month='2024-02') location '{folder}/elsewhere/february'"
    )
    orders.createOrReplaceTempView("all_orders")
    spark.sql("insert into market.orders select * from all_orders where month <> '2024-02'")
    orders.where("month = '2024-02'").drop("month").createOrReplaceTempView("february")
    spark.sql("insert into market.orders partition (month='2024-02') select * from february")


def mapping(only: tuple[str, ...] = NAMES, **changed: dict[str, Any]) -> SourceMapping:
    """Some tables of the synthetic marketplace's mapping, with changes."""
    told = read_yaml(MAPPING)
    tables = {name: told["tables"][name] | changed.get(name, {}) for name in only}
    return SourceMapping.model_validate({"source": "shop", "tables": tables})


def in_hive(**changed: dict[str, Any]) -> SourceMapping:
    tables = {name: {"from": place, "format": "hive"} for name, place in IN_HIVE.items()}
    return mapping(**{name: tables.get(name, {}) | changed.get(name, {}) for name in NAMES})


def rows(spark: SparkSession, told: SourceMapping, raw: str) -> dict[str, list[str]]:
    """How many rows each canonical table has, and the sum of their hashes; of the quarantine too."""
    with conform_sources(spark, told, raw, as_of=AS_OF, key=KEY) as found:
        return {held.table.name: _numbers(held.accepted) for held in found.tables if held.table.name in NAMES}


def _numbers(frame: DataFrame) -> list[str]:
    hashes = F.xxhash64(F.to_json(F.struct("*"))).cast("decimal(38,0)")
    return [str(value) for value in frame.select(F.count("*"), F.sum(hashes)).collect()[0]]


def refusal(spark: SparkSession, told: SourceMapping, raw: str) -> list[Any]:
    """What is said where the mapping can't be followed, and the exit code."""
    try:
        rows(spark, told, raw)
    except MarketgraphError as error:
        return [error.exit_code, error.message]
    return [0, ""]


def main(raw: str, folder: str) -> None:
    """Write FOLDER/found.json."""
    home = Path(folder)
    spark = session(home)
    fill(spark, raw, home)
    prints = [source_fingerprint(spark, in_hive(), raw, KEY) for _ in range(2)]
    found: dict[str, Any] = {"files": rows(spark, mapping(), raw), "hive": rows(spark, in_hive(), raw)}
    column = {"columns": read_yaml(MAPPING)["tables"]["merchants"]["columns"] | {"city": "town"}}
    found |= {
        "no_table": refusal(spark, in_hive(orders={"from": "market.order"}), raw),
        "no_database": refusal(spark, in_hive(orders={"from": "markets.orders"}), raw),
        "no_column": refusal(spark, in_hive(merchants=column), raw),
    }
    for change in (
        "insert into market.orders partition (month='2024-02') select * from february limit 1",
        "delete from market.products where price > 0",
        "insert into market.people select * from market.people limit 1",
        "alter table market.merchants add columns (more string)",
        "alter view market.buyers as select * from market.people where country is not null",
    ):
        spark.sql(change)
        prints.append(source_fingerprint(spark, in_hive(), raw, KEY))
    spark.stop()
    Path(folder, "found.json").write_text(json.dumps(found | {"prints": prints}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
