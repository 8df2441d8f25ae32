"""Fetches artifacts from a Maven repository with the Ivy that Spark ships.

No address stands here: Ivy's own defaults know Maven Central, and `MARKETGRAPH_IVY_SETTINGS` names a
company's settings file for a mirror. Ivy works in a temporary folder: `~/.ivy2` is neither read nor
written, and a damaged download does not outlive the attempt.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

import pyspark

from marketgraph import truststore
from marketgraph.errors import ConfigError, SourceError
from marketgraph.java import find_java

_TIMEOUT_S = 900
_MODULE = """<ivy-module version="2.0">
  <info organisation="marketgraph" module="jars"/>
  <configurations><conf name="default"/></configurations>
  <dependencies>
{dependencies}
  </dependencies>
</ivy-module>
"""
# `master` is the artifact itself: no sources, no javadoc; what it needs is in the lock or ships with Spark.
_DEPENDENCY = '    <dependency org="{}" name="{}" rev="{}" conf="default->master" transitive="false"/>'


def fetch(coordinates: Sequence[str], *, into: Path) -> None:
    """Put `<artifact>-<version>.jar` of each `group:artifact:version` into the folder `into`.

    Raises SourceError when one of them can't be had, with the part of Ivy's answer that tells why.
    """
    lines = [_DEPENDENCY.format(*coordinate.split(":")) for coordinate in coordinates]
    with tempfile.TemporaryDirectory(prefix="marketgraph-ivy-") as work:
        module = Path(work) / "ivy.xml"
        module.write_text(_MODULE.format(dependencies="\n".join(lines)), encoding="utf-8")
        command = _command(module, work=Path(work), into=into)
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise SourceError(f"no answer within {_TIMEOUT_S} s") from error
    if done.returncode != 0:
        raise SourceError(_reason(done.stdout + done.stderr))


def _command(module: Path, *, work: Path, into: Path) -> list[str]:
    settings = os.environ.get("MARKETGRAPH_IVY_SETTINGS")
    if settings and not Path(settings).is_file():
        raise ConfigError(
            f"MARKETGRAPH_IVY_SETTINGS names {settings}, which is no file",
            fix="point it to an ivysettings.xml, or unset it for Maven Central",
        )
    return [
        str(find_java().executable),
        *truststore.java_options(),
        *proxy_options(),
        f"-Divy.default.ivy.user.dir={work}",
        *("-jar", str(_ivy_jar())),
        *(("-settings", settings) if settings else ()),
        *("-cache", str(work / "cache")),
        *("-ivy", str(module)),
        *("-retrieve", str(into / "[artifact]-[revision].[ext]")),
    ]


def proxy_options() -> list[str]:
    """Java does not read HTTPS_PROXY and NO_PROXY as pip does; these options tell it the same."""
    options = []
    for scheme in ("https", "http"):
        address = os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme.upper()}_PROXY")
        if not address:
            continue
        parts = urllib.parse.urlsplit(address if "//" in address else f"//{address}")
        options.append(f"-D{scheme}.proxyHost={parts.hostname}")
        options.append(f"-D{scheme}.proxyPort={parts.port or 80}")
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    if options and direct:
        hosts = (host.strip() for host in direct.split(","))
        patterns = "|".join(f"*{host}" if host.startswith(".") else host for host in hosts if host)
        options.append(f"-Dhttp.nonProxyHosts={patterns}")
    return options


def _ivy_jar() -> Path:
    found = sorted((Path(pyspark.__file__).parent / "jars").glob("ivy-*.jar"))
    if not found:
        raise ConfigError(
            "this pyspark has no Ivy in its jars folder", fix="remove .venv and run `make setup`"
        )
    return found[-1]


def _reason(answer: str) -> str:
    wanted = re.compile(
        r"not found|PKIX|SSL|Exception|timed out|refused|denied|Server access|unknown host", re.I
    )
    lines = [line.strip(" :\t") for line in answer.splitlines() if wanted.search(line)]
    distinct = list(dict.fromkeys(lines))
    return "; ".join(distinct[:4]) or answer.strip()[-300:] or "Ivy gave no reason"
