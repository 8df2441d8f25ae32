"""What others wrote can't move the cursor of who reads a message."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from marketgraph.cli import exit_with
from marketgraph.errors import SourceError
from marketgraph.printable import printable
from marketgraph.reporter import Reporter


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Köln, 2 lines\n\tof text — ✓", "Köln, 2 lines\n\tof text — ✓"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\x00b\rc", "a\\x00b\\rc"),
        ("half \ud800", "half \\ud800"),
        ("turned \u202e round", "turned \\u202e round"),
    ],
)
def test_control_characters_are_shown_by_number(given: str, shown: str) -> None:
    assert printable(given) == shown


def test_a_message_with_a_terminal_s_command_is_only_shown(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise SourceError("a.csv: the header is \x1b[31mred\x1b[0m \ud800", fix="look")

    with pytest.raises(SystemExit):
        exit_with(broken)
    told = capsys.readouterr().err
    assert "\\x1b[31mred" in told
    assert "\\ud800" in told
    assert "\x1b[31m" not in told


def test_a_warning_with_a_terminal_s_command_is_only_shown() -> None:
    screen = io.StringIO()
    Reporter(Console(file=screen)).warn("b.csv: \x1b]0;title\x07")
    assert "\x1b" not in screen.getvalue()
