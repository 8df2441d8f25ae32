"""Reading a config file: sections in files of their own, paths made absolute, overrides, one clear error.

A path in a config file is relative to that file's folder; a path on the command line (also by `--set`) is
relative to the current one. A section may be a file's name in place of its content: `edges: edges.yml`.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from marketgraph.config import Config
from marketgraph.errors import BadKeyError, ConfigError
from marketgraph.yaml_file import parse_yaml, read_yaml

LOCATIONS = (
    "store.root",
    "sources.mapping",
    "sources.data",
    "spark.checkpoint_dir",
    "identifiers.key_file",
    "identifiers.previous_key_file",
    "exports.folder",
    "logs.file",
    "lineage.path",
    "metrics.file",
)
SECTION_FILES = (
    "sentinels",
    "edges",
    "communities",
    "features",
    "risk",
    "motifs",
    "evidence",
    "sequences",
    "training",
    "quality",
)
# Words for what pydantic calls by the names of Python's types.
PLAIN = {
    "tuple_type": "not a list",
    "model_type": "not a section of keys and values",
    "missing": "is missing",
}
FIXES = {
    "edges": "conf/edges.yml shows the keys, docs/relations.md tells of each relation",
    "training": "conf/training.yml shows the keys, with the why beside each",
    "sequences": "conf/sequences.yml shows the keys, with the why beside each",
    "communities": "give each relation a factor above 0, or leave it out; docs/relations.md tells of all of them",
    "features": "conf/features.yml shows the keys, docs/features.md lists streams, columns and aggregations",
    "risk": "conf/risk.yml shows the keys, docs/risk.md tells what they do",
}
SHOWN = 60
EXTRA = "spark.extra."
# Keys whose values no message shows; a platform's credentials may be among spark.extra.
_SECRET = re.compile(r"(?i)secret|password|passwd|token|credential|access[._]?key|account[._]?key")

_CREDENTIALS = re.compile(r"//[^/\s@]+@")  # in an address


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
        raise ConfigError(f"{path}: {_faults(error, _section_files(told))}", fix=_fix(error)) from error


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
    name, separator, text = override.partition("=")
    dotted = name.strip()
    place = f"--set {shortened(dotted)}"  # the value may be a secret
    keys = _keys(dotted)
    if not separator or not all(keys):
        raise ConfigError(f"{place}: not of the form path=value", fix="for example --set spark.ui=true")
    # a setting of Spark's is text, whatever it looks like
    value = text if dotted.startswith(EXTRA) else parse_yaml(text, place)
    for key in keys[:-1]:
        held = tree.setdefault(key, {})
        if not isinstance(held, dict):
            raise ConfigError(f"{place}: {shortened(key)} holds a value, not a section", fix="check the path")
        tree = held
    tree[keys[-1]] = absolute(value, Path.cwd()) if dotted in LOCATIONS and isinstance(value, str) else value


def _keys(dotted: str) -> list[str]:
    """The keys on the way. Of `spark.extra` the rest is one: names of Spark's settings have dots."""
    if dotted.startswith(EXTRA):
        return ["spark", "extra", dotted.removeprefix(EXTRA)]
    return dotted.split(".")


def _faults(error: ValidationError, files: dict[str, str]) -> str:
    return "; ".join(_fault(dict(fault), files) for fault in error.errors(include_url=False))


def _fault(fault: dict[str, Any], files: dict[str, str]) -> str:
    loc = fault["loc"]
    file = files.get(str(loc[0])) if loc else None
    within = f" (in {file} or by --set)" if file else ""
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(loc[-1]), _fields(loc[:-1]), n=1)
        return f"unknown key {_dotted(loc)}{f'; did you mean {near[0]}?' if near else ''}{within}"
    reason = fault.get("ctx", {}).get("error")
    if isinstance(reason, BadKeyError):
        return f"{_dotted((*loc, reason.key))}: {reason}{_given(reason.given)}{within}"
    told = PLAIN.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    given = "" if fault["type"] == "missing" or _SECRET.search(_dotted(loc)) else _given(fault["input"])
    return f"{_dotted(loc)}: {told}{given}{within}"


def _dotted(loc: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in loc if part != "") or "the file"


def _given(value: Any) -> str:
    """The value at fault; nothing of a whole section, which would hide the fault, nor of an address with a password."""
    if value is None or isinstance(value, dict | BaseModel) or _CREDENTIALS.search(str(value)):
        return ""
    return f" (given: {shortened(repr(value))})"


def shortened(text: str) -> str:
    """At most so much of what a user gave as a message needs."""
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _fix(error: ValidationError) -> str:
    """What the keys at fault are for, where the config says it of each; else where to look."""
    locs = dict.fromkeys(fault["loc"] for fault in error.errors(include_url=False))
    section = str(next(iter(locs))[0]) if all(locs) else ""
    meanings = [f"{loc[-1]}: {field.description}" for loc in locs
                if (field := _fields(loc[:-1]).get(str(loc[-1] if loc else ""))) and field.description]  # fmt: skip
    if meanings:
        return "; ".join(meanings)
    return FIXES.get(section, "conf/local.yml shows the keys, with the why beside each")


def _fields(loc: tuple[Any, ...]) -> dict[str, FieldInfo]:
    """The keys of the section at `loc` by name; none where no section is."""
    model: Any = Config
    for part in loc:
        field = model.model_fields.get(str(part))
        model = field.annotation if field else None
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return {}
    return dict(model.model_fields)
