"""A driver on another machine: what goes along for it, and its words with the paths that it finds there.

On YARN the config goes along as an archive. In a container everything is the image's, which is built of the checkout.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from marketgraph.cache import checkout
from marketgraph.errors import ConfigError
from marketgraph.nodes import IMAGE_HOME
from marketgraph.shipped_config import MAPPING_KEY, refuse_place, refuse_relative, shipped_config
from marketgraph.submission import Submission
from marketgraph.yaml_file import parse_yaml

# Options of jobs that name a place to read or to write; what is written to a node's own disk is lost with the node.
PLACES = ("--data", "--edges", "--vertices", "--seeds", "--out", "--report", "--checkpoints")
FILES = ("--config", "--source")


def for_driver(submission: Submission) -> tuple[list[str], str, tuple[str, ...]]:
    """Archives, the job's file, and the job's words, as the driver finds them.

    Raises ConfigError where the driver runs elsewhere and is told of what is only here.
    """
    words = submission.job_arguments
    if submission.runs_here:
        return [], str(submission.job), words
    for option, value in pairwise(words):
        if option in PLACES:
            refuse_place(option, value)
    if submission.config is not None:
        refuse_relative(submission.config, words)
    if submission.in_image:
        return [], f"local://{IMAGE_HOME}/jobs/{submission.job.name}", _in_image(words)
    archives, there = shipped_config(submission.config, words)
    return archives, str(submission.job), there


def _in_image(words: Sequence[str]) -> tuple[str, ...]:
    """The words with the config and the mapping as the image has them."""
    there = list(words)
    for at, option in enumerate(words[:-1], start=1):
        key, separator, text = words[at].partition("=")
        if option in FILES:
            there[at] = _file_in_image(option, words[at])
        elif option == "--set" and separator and key.strip() == MAPPING_KEY:
            named = parse_yaml(text, f"--set {MAPPING_KEY}")
            there[at] = f"{MAPPING_KEY}={_file_in_image(f'--set {MAPPING_KEY}', str(named))}"
    return tuple(there)


def _file_in_image(option: str, named: str) -> str:
    if "://" in named or named.startswith(f"{IMAGE_HOME}/"):
        return named
    home, file = (checkout() or Path.cwd()).resolve(), Path(named).resolve()
    if not file.is_relative_to(home):
        raise ConfigError(
            f"{option} {named} is not in {home}, which the image is built of",
            fix="put it into conf/ and build the image anew",
        )
    return f"{IMAGE_HOME}/{file.relative_to(home)}"
