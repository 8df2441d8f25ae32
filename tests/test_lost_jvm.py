"""Spark's process is gone in the middle of a call: one message, however the connection to it ended."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from py4j.clientserver import ClientServer, JavaParameters, PythonParameters
from py4j.java_gateway import JavaMember, JavaObject
from py4j.protocol import Py4JError

from marketgraph.cli import exit_with
from marketgraph.errors import SparkError
from marketgraph.spark_failures import failure_told

RESET_AT_ONCE = struct.pack("ii", 1, 0)


@contextmanager
def jvm_that_ends(*, by_reset: bool) -> Iterator[Callable[[], object]]:
    """A call of Java's, whose other end reads some of it and is gone for good."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def end() -> None:
            caller, _ = door.accept()
            with caller:
                caller.recv(8 if by_reset else 4096)
                if by_reset:
                    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
                door.close()

        other = Thread(target=end, daemon=True)
        other.start()
        gateway = ClientServer(JavaParameters(port=door.getsockname()[1]), PythonParameters(port=0))
        client = gateway._gateway_client
        try:
            yield JavaMember("count", JavaObject("o1", client), "o1", client)
        finally:
            gateway.shutdown_callback_server()
            gateway.close()
            other.join(5)


@pytest.mark.parametrize("by_reset", [True, False])
def test_a_call_that_nobody_answers_any_more_is_one_message(
    by_reset: bool, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with jvm_that_ends(by_reset=by_reset) as count, pytest.raises(SystemExit) as ended:
        exit_with(count)
    assert ended.value.code == SparkError.exit_code
    told = capsys.readouterr().err
    assert told.startswith("error: Spark's process ended in the middle of the work")
    assert "spark.driver_memory" in told
    assert [record for record in caplog.records if record.name == "root"] == []


def test_without_a_command_around_it_py4j_speaks_as_ever(caplog: pytest.LogCaptureFixture) -> None:
    with jvm_that_ends(by_reset=True) as count, pytest.raises(Py4JError):
        count()
    assert [record.levelno for record in caplog.records if record.name == "root"] == [logging.ERROR]


@pytest.mark.parametrize(
    "error",
    [
        Py4JError("An error occurred while calling o1.count. Trace:\njava.lang.IllegalArgumentException\n"),
        Py4JError("org.example.Missing does not exist in the JVM"),
        ValueError("An error occurred while calling o1.count"),
    ],
)
def test_a_call_that_was_answered_is_no_lost_process(error: Exception) -> None:
    assert failure_told(error) is None
