"""SIGTERM at the command line's door, without Spark: what becomes of the process, and whose signals are left alone."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from marketgraph.cli import exit_with
from tests.faults.processes import begun

WAITS = """
import atexit, sys, time
from pathlib import Path
from marketgraph.cli import exit_with
from marketgraph.session import scratch_dir

def wait():
    Path(sys.argv[1]).write_text(str(scratch_dir()))
    time.sleep(60)

exit_with(wait)
"""


def test_sigterm_ends_a_command_with_143_one_line_and_nothing_temporary(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with begun([sys.executable, "-c", WAITS, str(ready)], tmp_path / "run.log") as run:
        assert run.until(lambda: ready.exists() and ready.read_text() != ""), run.told()
        assert Path(ready.read_text()).is_dir()
        run.send(signal.SIGTERM)
        run.send(signal.SIGTERM)  # once more is no harm
        assert run.wait(60) == 143
    assert run.told().splitlines() == [
        "stopped by SIGTERM: nothing is half published; run again to go on from what stands"
    ]
    assert not Path(ready.read_text()).exists()


def ended(command: Callable[[], object]) -> object:
    with pytest.raises(SystemExit) as end:
        exit_with(command)
    return end.value.code


def test_after_a_command_signals_are_as_they_were_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    meanwhile = []
    assert ended(lambda: meanwhile.append(signal.getsignal(signal.SIGTERM))) == 0
    assert meanwhile != [before]
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_command_in_another_thread_leaves_signals_alone() -> None:
    codes: list[object] = []
    thread = Thread(target=lambda: codes.append(ended(lambda: None)))
    thread.start()
    thread.join()
    assert codes == [0]
