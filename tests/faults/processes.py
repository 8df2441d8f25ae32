"""Runs as processes of their own: begun, watched by what they commit, stopped or killed, and read from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT

LOOK_EVERY = 0.005  # seconds; a commit and the next one are some hundred milliseconds apart
AT_MOST = 600.0  # seconds until what is waited for; other work may share the machine


class Begun:
    """A process of ours, with its JVM, in a process group of its own. Its output goes to a file.

    scratch: where it and Spark keep what is temporary; what is killed leaves that behind.
    """

    def __init__(self, command: list[str], log: Path, **variables: str) -> None:
        self.log, self.scratch = log, log.with_suffix(".tmp")
        self.scratch.mkdir(exist_ok=True)
        places = {"TMPDIR": str(self.scratch), "SPARK_LOCAL_DIRS": str(self.scratch)}
        places["PYSPARK_PYTHON"] = sys.executable  # what executors of their own begin their workers with
        with log.open("a") as sink:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | places | variables,
            )

    def wait(self, timeout: float = AT_MOST) -> int:
        """Its exit code."""
        return self.process.wait(timeout)

    def until(self, holds: Callable[[], bool]) -> bool:
        """Wait until `holds`; False when the process has ended before."""
        end = time.monotonic() + AT_MOST
        while not holds():
            if self.process.poll() is not None:
                return False
            assert time.monotonic() < end, self.told()[-3000:]
            time.sleep(LOOK_EVERY)
        return True

    def send(self, number: signal.Signals) -> None:
        """A signal to the process and its JVM, as a terminal, a scheduler or the kernel would send it."""
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """kill -9, at once and all of it."""
        self.send(signal.SIGKILL)
        self.process.wait(AT_MOST)
        assert self.until_gone(), "something of the group lives on"

    def until_gone(self, timeout: float = 30.0) -> bool:
        """Whether nothing of the process group is left, the JVM least of all."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if not members(self.process.pid):
                return True
            time.sleep(0.05)
        return False

    def told(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def begun(command: list[str], log: Path, **variables: str) -> Iterator[Begun]:
    """The process; whatever becomes of the test, nothing of it is left behind. variables: of its environment."""
    process = Begun(command, log, **variables)
    try:
        yield process
    finally:
        if members(process.process.pid):
            process.send(signal.SIGKILL)
        process.process.wait(AT_MOST)


def marketgraph(*words: str) -> list[str]:
    """The command line's own door."""
    return [sys.executable, "-c", "from marketgraph.cli import main; main()", *words]


def members(group: int) -> list[int]:
    """The living processes of a process group."""
    return [pid for pid, fields in _stats() if int(fields[2]) == group and fields[0] != "Z"]


def children(parent: int) -> list[int]:
    """All processes below one, its children's children with them."""
    below = [pid for pid, fields in _stats() if int(fields[1]) == parent and fields[0] != "Z"]
    return below + [deeper for child in below for deeper in children(child)]


def command_of(pid: int) -> str:
    """What a process was begun with; nothing when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _stats() -> Iterator[tuple[int, list[str]]]:
    """Process ids with what the kernel says behind their names: state, parent, process group."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield int(folder.name), (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue


def commits(root: Path) -> set[str]:
    """The commits of all tables of a warehouse, by their paths in it."""
    return {
        str(file.relative_to(root))
        for file in root.glob("*/*/_delta_log/*.json")
        if file.stem.isdigit() and len(file.stem) == 20
    }
