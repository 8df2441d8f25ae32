"""What Spark and the system say when something around them fails, and what the user is told of it."""

from __future__ import annotations

import errno

import pytest
from pyspark.errors import PySparkException

from marketgraph.errors import SparkError, StoreError
from marketgraph.spark_failures import failure_told

ABORTED = "Job aborted due to stage failure: Task 1 in stage 7.0 failed 4 times, most recent failure: Lost task 1.3: "
SAID = {
    "java.io.IOException: No space left on device": (StoreError, "no space is left on a disk"),
    "org.apache.spark.SparkFileNotFoundException: File file:/w/edges/sells/as_of=2024-01-01/part-0.parquet does not "
    "exist\nIt is possible": (
        StoreError,
        "file:/w/edges/sells/as_of=2024-01-01/part-0.parquet: the file is gone",
    ),
    "[PATH_NOT_FOUND] Path does not exist: s3a://b/w/part-1.parquet. SQLSTATE: 42K03": (
        StoreError,
        "s3a://b/w/part-1.parquet: the file is gone",
    ),
    "java.lang.RuntimeException: hdfs://n/w/part-2.parquet is not a Parquet file. Expected magic number": (
        StoreError,
        "hdfs://n/w/part-2.parquet: the file is cut or damaged",
    ),
    "Checksum error: file:/w/part-3.parquet at 0 exp: 4 got: 5": (
        StoreError,
        "file:/w/part-3.parquet: the file is cut or damaged",
    ),
    "org.apache.spark.SparkException: Python worker exited unexpectedly (crashed)": (
        SparkError,
        "a Python worker of Spark was killed in the middle of its work",
    ),
    "java.net.SocketException: Broken pipe\n\tat java.base/sun.nio.ch.NioSocketImpl.implWrite\n\tat "
    "org.apache.spark.api.python.BasePythonRunner$WriterThread.run(PythonRunner.scala:282)": (
        SparkError,
        "a Python worker of Spark was killed in the middle of its work",
    ),
    "org.apache.hadoop.security.AccessControlException: Permission denied: user=ann, access=WRITE, "
    'inode="/marketgraph":hdfs:hdfs:drwxr-xr-x': (
        StoreError,
        "/marketgraph: it or a folder above it may not be",
    ),
    "java.io.IOException: Mkdirs failed to create file:/w/edges/sells/_delta_log (exists=false, cwd=file:/x)": (
        StoreError,
        "file:/w/edges/sells/_delta_log: it or a folder above it",
    ),
    "java.io.FileNotFoundException: /w/part-4.parquet (Permission denied)": (
        StoreError,
        "/w/part-4.parquet: it or",
    ),
    "java.net.ConnectException: Call From node-1/10.0.0.1 to master:8020 failed on connection exception": (
        StoreError,
        "master:8020: can't be reached",
    ),
    "ExecutorLostFailure (executor 1 exited caused by one of the running tasks) Reason: Command exited with code 137": (
        SparkError,
        "executors of Spark were lost",
    ),
}


@pytest.mark.parametrize("said", SAID)
def test_a_failure_around_spark_is_one_message(said: str) -> None:
    kind, told = SAID[said]
    found = failure_told(
        PySparkException(f"{ABORTED}{said}\n\tat org.apache.spark.Somewhere(Row(+351 21 000))")
    )
    assert type(found) is kind
    assert found.message.startswith(told)
    assert "run again" in found.fix or "copy" in found.fix or "store.root" in found.fix
    assert found.exit_code == 4
    assert "+351" not in str(found)


def test_a_full_disk_under_python_is_told_like_one_under_spark() -> None:
    found = failure_told(OSError(errno.ENOSPC, "No space left on device", "/w/exports/nodes.npy"))
    assert isinstance(found, StoreError)
    assert "no space is left" in found.message


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOTDIR])
def test_a_folder_that_may_not_be_written_is_named(number: int) -> None:
    found = failure_told(OSError(number, "said", "/w/exports"))
    assert isinstance(found, StoreError)
    assert found.message.startswith("/w/exports: ")


@pytest.mark.parametrize(
    "error",
    [
        PySparkException("[DIVIDE_BY_ZERO] Division by zero"),
        PySparkException(
            "java.net.SocketException: Broken pipe\n\tat org.apache.hadoop.hdfs.DataStreamer.run"
        ),
        OSError(errno.EINVAL, "Invalid argument", "/w"),
        ValueError("No space left on device"),
    ],
)
def test_what_is_not_known_stays_a_defect_with_its_traceback(error: Exception) -> None:
    assert failure_told(error) is None


@pytest.mark.parametrize(
    ("said", "told", "fix"),
    [
        (
            "java.io.IOException: Incomplete HDFS URI, no host: hdfs:///marketgraph/warehouse",
            "hdfs:///marketgraph/warehouse: it names no host",
            "HADOOP_CONF_DIR",
        ),
        (
            "java.io.FileNotFoundException: File does not exist: hdfs://n/marketgraph/events\n\tat "
            "org.apache.spark.deploy.history.EventLogFileWriter.requireLogBaseDirAsDirectory(EventLogFileWriters.scala:77)",
            "hdfs://n/marketgraph/events: there is no such folder",
            "spark.extra.spark.eventLog.enabled=false",
        ),
    ],
)
def test_a_cluster_that_is_not_prepared_is_one_message(said: str, told: str, fix: str) -> None:
    found = failure_told(PySparkException(said))
    assert type(found) is StoreError
    assert found.message.startswith(told)
    assert fix in found.fix
