"""Reads a mapping file; one error lists every fault with its place."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from marketgraph.errors import ConfigError
from marketgraph.sources.mapping import (
    ColumnRule,
    CsvOptions,
    Lookup,
    OnePerKey,
    Part,
    SourceMapping,
    near,
)
from marketgraph.yaml_file import read_yaml

_MODELS: tuple[type[BaseModel], ...] = (Part, Lookup, CsvOptions, ColumnRule, OnePerKey, SourceMapping)
_KEYS = list(dict.fromkeys(f.alias or name for model in _MODELS for name, f in model.model_fields.items()))


def load_mapping(path: str | Path) -> SourceMapping:
    """The mapping in that file.

    Raises ConfigError when the file is missing, too large, not YAML, repeats a key, or does not fit the
    canonical tables; the message lists every fault with its place.
    """
    given = read_yaml(Path(path))
    try:
        return SourceMapping.model_validate(given)
    except ValidationError as error:
        faults = "\n".join(f"  {_line(fault)}" for fault in error.errors())
        raise ConfigError(
            f"{path}: the mapping can't be used:\n{faults}",
            fix="mend these lines; the head of marketgraph/sources/mapping.py describes the format",
        ) from None


def _line(fault: ErrorDetails) -> str:
    place = ".".join(str(step) for step in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        return f"{place}: no such key{near(str(fault['loc'][-1]), _KEYS)}"
    if not place:  # the faults of all tables at once
        return message.replace("; tables.", "\n  tables.")
    given = fault["input"]
    shown = f" (given: {str(given)[:60]!r})" if isinstance(given, str | int | float) else ""
    return f"{place}: {message}{shown}"
