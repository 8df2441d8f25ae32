"""A config with its files as one archive, for a driver that runs on another machine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from marketgraph.archive import cached_zip
from marketgraph.config_file import EXTRA, LOCATIONS, SECTION_FILES
from marketgraph.errors import ConfigError
from marketgraph.yaml_file import parse_yaml, read_yaml

# As what the archive is unpacked beside the driver, and the mapping's name in it.
FOLDER = "configs"
SECTIONS = "sections"
MAPPING = "sources/mapping.yml"
MAPPING_KEY = "sources.mapping"


def shipped_config(config: Path | None, words: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The archives to ship, and the job's words with the paths that they have there.

    Raises ConfigError where the mapping that goes along is not there.
    """
    if config is None:
        return [], tuple(words)
    given, tree = _options(words), read_yaml(config)
    files = {}
    for key in SECTION_FILES:
        if isinstance(tree.get(key), str):
            there = f"{SECTIONS}/{key}.yml"  # wherever it lies here
            files[there] = (config.parent / tree[key]).read_bytes()
            tree[key] = there
    files[config.name] = yaml.safe_dump(tree, allow_unicode=True).encode()
    mapping = _mapping(config, tree, given)
    if mapping is not None:
        files[MAPPING] = mapping.read_bytes()
    return [f"{cached_zip(FOLDER, files)}#{FOLDER}"], tuple(
        _as_there(words, config, shipped=mapping is not None)
    )


def _options(words: Sequence[str]) -> dict[str, Any]:
    """Values by option, and those of --set by their paths."""
    told: dict[str, Any] = {}
    for option, value in pairwise(words):
        if option == "--set":
            path, _, text = value.partition("=")
            dotted = path.strip()
            told[dotted] = text if dotted.startswith(EXTRA) else parse_yaml(text, f"--set {dotted}")
        elif option in ("--source", "--data"):
            told[option] = value
    return told


def _told(tree: dict[str, Any], dotted: str, given: dict[str, Any]) -> Any:
    section, key = dotted.split(".")
    held = tree.get(section)
    return given.get(dotted, held.get(key) if isinstance(held, dict) else None)


def refuse_relative(config: Path, words: Sequence[str]) -> None:
    """Raises ConfigError where the config, with what the words put over it, names a relative place."""
    given, tree = _options(words), read_yaml(config)
    told = {dotted: _told(tree, dotted, given) for dotted in LOCATIONS if dotted != MAPPING_KEY}
    for dotted, value in told.items():
        if isinstance(value, str) and not (dotted == "sources.data" and "--data" in given):
            refuse_place(f"{config}: {dotted}:", value)


def refuse_place(told: str, value: str) -> None:
    """Raises ConfigError for a relative place: it would be one of the other machine's. told: what names it."""
    if "://" not in value and not value.startswith("/"):
        raise ConfigError(
            f"{told} {value} is relative, and the driver runs on another machine",
            fix="give a URI, or an absolute path on storage that all nodes share",
        )


def _mapping(config: Path, tree: dict[str, Any], given: dict[str, Any]) -> Path | None:
    """The mapping's file on this machine; None where a URI names it."""
    base = Path.cwd() if "--source" in given or MAPPING_KEY in given else config.parent
    told = given.get("--source") or _told(tree, MAPPING_KEY, given)
    if not isinstance(told, str) or "://" in told:
        return None
    mapping = base / told
    if not mapping.is_file():
        raise ConfigError(f"{mapping}: there is no such mapping", fix="conf/sources/ has examples")
    return mapping


def _as_there(words: Sequence[str], config: Path, *, shipped: bool) -> list[str]:
    """The words with the paths of the archive. shipped: the mapping is in it."""
    there = list(words)
    for at, option in enumerate(words[:-1], start=1):
        if option == "--config":
            there[at] = f"{FOLDER}/{config.name}"
        elif option == "--source" and shipped:
            there[at] = f"{FOLDER}/{MAPPING}"
    if shipped and "--source" not in words:
        there += ["--set", f"{MAPPING_KEY}={FOLDER}/{MAPPING}"]  # of several the last holds
    return there
