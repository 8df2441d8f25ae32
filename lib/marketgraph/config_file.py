"""Reading a config file: sections in files of their own, paths made absolute, overrides, one clear error.

A path in a config file is relative to that file's folder; a path on the command line (also by `--set`) is
relative to the current one. A section may be a file's name in place of its content: `edges: edges.yml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from marketgraph.config import Config
from marketgraph.errors import ConfigError
from marketgraph.yaml_file import read_yaml

LOCATIONS = ("store.root", "sources.mapping", "sources.data", "identifiers.key_file")
SECTION_FILES = ("sentinels", "edges", "communities", "quality")


def load_config(path: Path, *, overrides: tuple[str, ...] = ()) -> Config:
    """The config in `path` with `overrides` (`dotted.path=YAML value`) on top.

    Raises ConfigError that names the file, each key at fault and the value given.
    """
    told = read_yaml(path)
    tree = _with_sections(told, path)
    _resolve_locations(tree, path.resolve().parent)
    for override in overrides:
        _override(tree, override)
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(
            f"{path}: {_faults(error, _section_files(told))}",
            fix="conf/local.yml shows the keys, with the why beside each",
        ) from error


def _with_sections(tree: dict[str, Any], path: Path) -> dict[str, Any]:
    return {**tree, **{k: read_yaml(path.parent / name) for k, name in _section_files(tree).items()}}


def _section_files(tree: dict[str, Any]) -> dict[str, str]:
    return {k: tree[k] for k in SECTION_FILES if isinstance(tree.get(k), str)}


def _resolve_locations(tree: dict[str, Any], folder: Path) -> None:
    for dotted in LOCATIONS:
        section, key = dotted.split(".")
        held = tree.get(section)
        if isinstance(held, dict) and isinstance(held.get(key), str):
            held[key] = absolute(held[key], folder)


def absolute(location: str, folder: Path) -> str:
    """`location` made absolute against `folder`; a URI stays as it is."""
    return location if "://" in location else str((folder / location).resolve())


def _override(tree: dict[str, Any], override: str) -> None:
    dotted, separator, text = override.partition("=")
    keys = dotted.strip().split(".")
    if not separator or not all(keys):
        raise ConfigError(
            f"--set {override}: not of the form path=value", fix="for example --set spark.ui=true"
        )
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {override}: the value is not YAML", fix="put it in quotes") from error
    for key in keys[:-1]:
        held = tree.setdefault(key, {})
        if not isinstance(held, dict):
            raise ConfigError(f"--set {override}: {key} holds a value, not a section", fix="check the path")
        tree = held
    tree[keys[-1]] = absolute(value, Path.cwd()) if dotted in LOCATIONS and isinstance(value, str) else value


def _faults(error: ValidationError, files: dict[str, str]) -> str:
    return "; ".join(_fault(dict(fault), files) for fault in error.errors(include_url=False))


def _fault(fault: dict[str, Any], files: dict[str, str]) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "the file"
    file = files.get(str(fault["loc"][0])) if fault["loc"] else None
    within = f" (in {file} or by --set)" if file else ""
    if fault["type"] == "extra_forbidden":
        return f"unknown key {where}{within}"
    given = "" if fault["type"] == "missing" else f" (given: {str(fault['input'])[:60]!r})"
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}{given}{within}"
