"""Where lineage goes: lines of a file, or an address that it is posted to. What can't be told is a warning."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from marketgraph.errors import ConfigError
from marketgraph.runs.settings import LineageConfig

Send = Callable[[str], None]
# Failures in a row after which no more is sent: a dead address costs a run so many time-outs, not one per stage.
PATIENCE = 3


class Post:
    """Sends lines, and stops when it has failed too often. Raises nothing."""

    def __init__(self, send: Send, where: str, warn: Callable[[str], None]) -> None:
        self._send, self._where, self._warn = send, where, warn
        self._failures = 0

    def send(self, line: str) -> None:
        """Send a line; say when one is lost for the first time, and when no more are sent."""
        if self._failures >= PATIENCE:
            return
        try:
            self._send(line)
            self._failures = 0
        except OSError as error:  # what requests raises is one, too
            self._failures += 1
            self._tell(type(error).__name__)

    def _tell(self, reason: str) -> None:
        if self._failures == 1:
            self._warn(f"lineage: {self._where} took an event not ({reason}); the run goes on")
        elif self._failures == PATIENCE:
            self._warn(f"lineage: {self._where} took {PATIENCE} events in a row not; no more are sent")


def transport_of(settings: LineageConfig) -> tuple[Send, str] | None:
    """What sends a line, and the name of where to; None where nobody is told.

    Raises ConfigError when the variable with the address's key is not set.
    """
    if settings.transport == "file" and settings.path is not None:
        path = Path(settings.path)
        return lambda line: _append(path, line), str(path)
    if settings.transport == "http" and settings.url is not None:
        return _http(settings, settings.url), urlsplit(settings.url).netloc
    return None


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def _http(settings: LineageConfig, url: str) -> Send:
    headers = {"Content-Type": "application/json"}
    if settings.key_env is not None:
        if not os.environ.get(settings.key_env):
            raise ConfigError(
                f"lineage.key_env: {settings.key_env} is not set",
                fix="set it to the key that lineage.url asks for",
            )
        headers["Authorization"] = f"Bearer {os.environ[settings.key_env]}"

    def send(line: str) -> None:
        import requests  # only where it is used: it takes a while

        answer = requests.post(url, data=line.encode(), headers=headers, timeout=settings.timeout_seconds)
        answer.raise_for_status()

    return send
