"""What went wrong around Spark (a disk, a process, a file of the warehouse) as one message, not a Java traceback."""

from __future__ import annotations

import errno
import re

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from marketgraph.errors import MarketgraphError, SparkError, StoreError
from marketgraph.lost_jvm import jvm_is_lost, lost_jvm_told

_PATH = r"(?:file|hdfs|s3a?|abfss?|gs|wasbs?):/[^\s,;'\"\])]+"
_GONE = re.compile(
    rf"FileNotFoundException: File ({_PATH}) does not exist|FileNotFoundException: File does not exist: ({_PATH})"
    rf"|PATH_NOT_FOUND\] Path does not exist: ({_PATH})"
)
_BROKEN = re.compile(
    rf"({_PATH}) is not a Parquet file|Could not read footer (?:for|in) file:? ?\S*?({_PATH})"
    rf"|CANNOT_READ_FILE_FOOTER\S* \S* \S* \S* ?\S*?({_PATH})|Checksum error: ({_PATH})"
)
# One that dies while it is waited for, or while rows are sent to it.
_WORKER_LOST = re.compile(
    r"Python worker (exited unexpectedly|failed to connect back)"
    r"|(SocketException: (Broken pipe|Connection reset)|EOFException)[^\0]{0,2000}?org\.apache\.spark\.api\.python\."
)
# Of a file system: local disks, HDFS. What S3 answers has words of its own, below.
_DENIED = re.compile(
    rf"Permission denied: [^\n]{{0,200}}?inode=\"([^\"]+)\"|Mkdirs failed to create ({_PATH})"
    rf"|Parent path is not a directory: (\S+)"
    rf"|FileNotFoundException: (/\S+) \((?:Permission denied|Read-only file system)\)"
    rf"|AccessDeniedException: (/\S+)|({_PATH})[^\n]{{0,200}}(?:Permission denied|Read-only file system)"
)
_NO_NAME_NODE = re.compile(r"Incomplete HDFS URI, no host: (\S+)")
_UNREACHED = re.compile(r"Call From \S+ to (\S+) failed on|UnknownHostException: ([\w.-]+)")
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}
_BUCKET = re.compile(r"s3a://[^/\s,;'\"\])]+")
_S3 = (
    (r"NoAuthWithAWSException|No AWS Credentials provided|NoAwsCredentialsException",
     "there are no credentials for S3",
     "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a provider"),
    (r"UnknownStoreException|NoSuchBucket", "there is no such bucket",
     "check its name, and fs.s3a.endpoint"),
    (r"AccessDeniedException: s3a:|AWSServiceIOException[^\n]*(InvalidAccessKeyId|SignatureDoesNotMatch|Forbidden)"
     r"|AmazonS3Exception[^\n]*(InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|Forbidden)",
     "S3 denies access with the credentials that there are",
     "check which key or role is used, and that it may list, read, write and delete there"),
    (r"SdkClientException: Unable to execute HTTP request|AWSClientIOException[^\n]*(Connect to|UnknownHost)",
     "S3 can't be reached", "check the network, and fs.s3a.endpoint"),
)  # fmt: skip
_GO_ON = "then run again: it goes on from what stands"


def failure_told(error: Exception) -> MarketgraphError | None:
    """The fault that a user can mend behind a failure of Spark or of the system; None where there is none we know.

    Only names of files are taken from what Spark says, never a value of a row.
    """
    if jvm_is_lost(error):
        return lost_jvm_told(error)
    if isinstance(error, OSError):
        return _of_disk(error)
    if not isinstance(error, Py4JJavaError | PySparkException):
        return None
    text = str(error)
    if told := s3_failure(text):
        return StoreError(told[0], fix=told[1])
    if "No space left on device" in text:
        return _no_space()
    if found := _NO_NAME_NODE.search(text):
        return StoreError(
            f"{_named(found)}: it names no host, and no cluster's settings are known here",
            fix="export HADOOP_CONF_DIR with the folder that has them, or write hdfs://HOST:PORT/…",
        )
    if found := _GONE.search(text):
        if "EventLogFileWriter" in text:
            return _no_event_folder(_named(found))
        return StoreError(
            f"{_named(found)}: the file is gone",
            fix="restore it from a copy of the warehouse, or build its date anew in another one",
        )
    if found := _BROKEN.search(text):
        return StoreError(f"{_named(found)}: the file is cut or damaged", fix="restore it from a copy")
    if found := _DENIED.search(text):
        return _denied(_named(found))
    if found := _UNREACHED.search(text):
        return StoreError(
            f"{_named(found)}: can't be reached",
            fix=f"check the name, the network and that it is up, {_GO_ON}",
        )
    return _process_lost(text)


def _no_event_folder(place: str) -> StoreError:
    return StoreError(
        f"{place}: there is no such folder, and Spark is to write its event log into it",
        fix="make it, name another by spark.extra.spark.eventLog.dir, or set spark.extra.spark.eventLog.enabled=false",
    )


def _of_disk(error: OSError) -> StoreError | None:
    if error.errno == errno.ENOSPC:
        return _no_space()
    return _denied(str(error.filename)) if error.errno in _REFUSED and error.filename else None


def _denied(place: str) -> StoreError:
    return StoreError(
        f"{place}: it or a folder above it may not be read or written, or is no folder",
        fix="check store.root, spark.local_dir and whose they are, or name others",
    )


def s3_failure(text: str) -> tuple[str, str] | None:
    """What S3 has answered, and what to do about it; None where the failure is none of S3's.

    Only the bucket is named: the rest of the answer may hold what was sent.
    """
    for pattern, told, fix in _S3:
        if re.search(pattern, text):
            found = _BUCKET.search(text)
            return f"{found.group() if found else 's3a'}: {told}", f"{fix}: docs/object-stores.md"
    return None


def _named(found: re.Match[str]) -> str:
    name: str = next(filter(None, found.groups()))
    return name.rstrip(":.")


def _no_space() -> StoreError:
    return StoreError(
        "no space is left on a disk, of the warehouse (store.root) or of Spark's temporary files (spark.local_dir)",
        fix=f"free some, or name another disk, {_GO_ON}",
    )


def _process_lost(text: str) -> SparkError | None:
    if _WORKER_LOST.search(text):
        return SparkError(
            "a Python worker of Spark was killed in the middle of its work",
            fix=f"most likely the machine ran out of memory: give it more, or fewer cores (spark.master), {_GO_ON}",
        )
    if "ExecutorLostFailure" in text or re.search(
        r"[Ee]xecutor\b[^\n]{0,80}\b(lost|heartbeat timed out)", text
    ):
        return SparkError(
            "executors of Spark were lost, more often than it tries again",
            fix=f"see the cluster's logs for why (most likely memory: --executor-memory), {_GO_ON}",
        )
    return None
