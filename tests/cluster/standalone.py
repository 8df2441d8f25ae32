"""A standalone cluster of Spark's own Master and Workers, as processes of this machine that listen on loopback only."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark

from marketgraph.java import find_java
from tests.faults.processes import children, command_of, members

AT_MOST = 120.0  # seconds until a master or worker says that it is there
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"


@dataclass(frozen=True)
class Daemon:
    """A master or worker, in a process group of its own, with what it logs."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self, pattern: str) -> str:
        """The first group of what the log says, once it does."""
        return _once(lambda: re.search(pattern, self._told()), self._told)[1]

    def executors(self) -> list[int]:
        """The processes of the executors that a worker has begun."""
        return [
            one for one in children(self.process.pid) if "CoarseGrainedExecutorBackend" in command_of(one)
        ]

    def kill(self) -> None:
        """kill -9, with the executors that it has begun: what the loss of a machine is to the rest."""
        for one in [*self.executors(), self.process.pid]:
            os.kill(one, signal.SIGKILL)
        self.process.wait(AT_MOST)

    def _told(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass(frozen=True)
class Cluster:
    """A master's address, and its workers."""

    master: str
    workers: tuple[Daemon, ...]


@contextmanager
def standalone(folder: Path, *, workers: int = 2, memory: str = "3g") -> Iterator[Cluster]:
    """A cluster of workers of one core each, until the block ends. folder: for their logs and work."""
    folder.mkdir(parents=True, exist_ok=True)
    begun: list[Daemon] = []
    try:
        begun.append(_begin(folder, "master", MASTER, "--port", "0"))
        address = begun[0].said(r"Starting Spark master at (spark://\S+)")
        for number in range(workers):
            sizes = ("--cores", "1", "--memory", memory, "--work-dir", str(folder / f"work{number}"))
            begun.append(_begin(folder, f"worker{number}", WORKER, *sizes, address))
        for worker in begun[1:]:
            worker.said(r"(Successfully registered with master)")
        yield Cluster(address, tuple(begun[1:]))
    finally:
        for daemon in reversed(begun):
            _end(daemon)


def _begin(folder: Path, name: str, main: str, *words: str) -> Daemon:
    home = Path(pyspark.__file__).parent
    log = folder / f"{name}.log"
    variables = {
        "SPARK_HOME": str(home),
        "JAVA_HOME": str(find_java().home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "512m",
        "SPARK_LOCAL_DIRS": str(folder / f"{name}.tmp"),
        "SPARK_NO_DAEMONIZE": "1",
        # what the package's log settings would leave out
        "SPARK_DAEMON_JAVA_OPTS": f"-Dlog4j2.configurationFile={_log_settings(folder).as_uri()}",
    }
    # a node of a cluster has none of the paths of this test's Python
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYSPARK", "PYTHON"))}
    with log.open("w") as sink:
        process = subprocess.Popen(
            [str(home / "bin" / "spark-class"), main, "--host", "127.0.0.1", "--webui-port", "0", *words],
            cwd=folder, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True, env=env | variables,
        )  # fmt: skip
    return Daemon(process, log)


def _log_settings(folder: Path) -> Path:
    file = folder / "log4j2.properties"
    if not file.exists():
        file.write_text(
            "rootLogger.level = info\nrootLogger.appenderRef.out.ref = out\nappender.out.type = Console\n"
            "appender.out.name = out\nappender.out.layout.type = PatternLayout\n"
            "appender.out.layout.pattern = %p %c{1}: %m%n\n"
        )
    return file


def _end(daemon: Daemon) -> None:
    """The daemon and its executors; a worker's executors are of its group."""
    if members(daemon.process.pid):
        os.killpg(daemon.process.pid, signal.SIGKILL)
    daemon.process.wait(AT_MOST)


def _once(found: Callable[[], re.Match[str] | None], told: Callable[[], str]) -> re.Match[str]:
    end = time.monotonic() + AT_MOST
    while (match := found()) is None:
        assert time.monotonic() < end, told()[-3000:]
        time.sleep(0.1)
    return match
