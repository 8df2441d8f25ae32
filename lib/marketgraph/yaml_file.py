"""YAML files of users, read with a safe loader: no tags, no repeated keys, a limit on size and aliases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from marketgraph.errors import ConfigError

MAX_BYTES = 1_000_000
LONGEST_NUMBER = (
    100  # characters: Python can't show a whole number of more than 4300 digits, not even in a message
)


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that refuses a key given twice and all aliases (a small file can blow up through them)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool | None):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a word", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_short_int(self, node: Any) -> int:
        if len(node.value) > LONGEST_NUMBER:
            raise yaml.constructor.ConstructorError(
                None, None, f"a number of {len(node.value):,} characters", node.start_mark
            )
        return int(self.construct_yaml_int(node))

    def construct_text(self, node: Any) -> str:
        text = str(self.construct_scalar(node))
        if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
            # no path, column or value can hold one
            raise yaml.constructor.ConstructorError(
                None, None, "a zero byte or half a character in a text", node.start_mark
            )
        return text


_StrictLoader.add_constructor("tag:yaml.org,2002:int", _StrictLoader.construct_short_int)
_StrictLoader.add_constructor("tag:yaml.org,2002:str", _StrictLoader.construct_text)


def parse_yaml(text: str, place: str) -> Any:
    """The value that a YAML text holds, of any type.

    place: what the message calls the text. Raises ConfigError where it is no YAML, or none that is taken here.
    """
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a subclass of SafeLoader  # nosec B506
    except RecursionError:
        raise ConfigError(f"{place}: nested too deeply", fix="mend the file: no config needs that") from None
    except Exception as error:
        # on a bad value of a type (!!int '', a month 13) PyYAML fails as int() or an index does, in many ways
        told = f"not readable as YAML: {_told(error)}"
        raise ConfigError(f"{place}: {told}", fix="mend the file at that place") from error


def _told(error: Exception) -> str:
    """What is wrong and where, without the line itself: it may hold a secret."""
    mark = getattr(error, "problem_mark", None)
    if isinstance(error, yaml.MarkedYAMLError) and mark is not None:
        return f"{error.problem}, in line {mark.line + 1}, column {mark.column + 1}"
    return str(error) if isinstance(error, yaml.YAMLError | ValueError) else "a value does not fit its tag"


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds.

    Raises ConfigError naming file and line when it is missing, too large, not YAML or not a mapping.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(
                f"{path}: larger than {MAX_BYTES:,} bytes", fix="a config file is small; check the path"
            )
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", fix="check the path") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8", fix="save the file as UTF-8") from error
    except ValueError as error:  # a zero byte, half a character
        raise ConfigError(f"{str(path)!r}: no file can be called so", fix="check the path") from error
    tree = parse_yaml(text, str(path))
    if not isinstance(tree, dict):
        raise ConfigError(
            f"{path}: holds no mapping of keys to values", fix="see conf/local.yml for an example"
        )
    return tree
