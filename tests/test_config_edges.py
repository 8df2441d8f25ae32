"""What a mistake about relations is answered with: one message that names file, key and value, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketgraph.config_file import load_config
from marketgraph.errors import ConfigError
from tests.conftest import ROOT
from tests.test_config import LOCAL, broken

HOSTS = "hosts: { between: [creator-content], sources: [contents], half_life_days: 180 }"
REVIEWS = "  policy: drop\n  max_holders: 500"
PAIRS = "merchant-merchant, merchant-creator, merchant-buyer, creator-creator, creator-buyer, buyer-buyer"
RULES = "conf/edges.yml shows the keys, docs/relations.md tells of each relation"
FACTORS = "give each relation a factor above 0, or leave it out; docs/relations.md tells of all of them"


def message(tmp_path: Path, file: str, change: str, to: str) -> list[str]:
    """The lines of the answer to a config with that change in one of its files."""
    config = broken(tmp_path, "driver_memory: 4g", "driver_memory: 2g")
    text = (ROOT / "conf" / file).read_text(encoding="utf-8")
    assert change in text
    (tmp_path / file).write_text(text.replace(change, to, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(config)
    assert error.value.exit_code == 2
    return str(error.value).splitlines()


@pytest.mark.parametrize(
    ("change", "to", "fault", "fix"),
    [
        (
            HOSTS,
            HOSTS.replace("180", "0"),
            "edges.hosts.half_life_days: Input should be greater than 0 (given: 0)",
            "half_life_days: recency halves in so many days since last_seen; none: it stays 1",
        ),
        (
            HOSTS,
            HOSTS.replace("[contents]", "[contants]"),
            "edges.hosts.sources: unknown source contants; did you mean contents?",
            RULES,
        ),
        (
            HOSTS,
            HOSTS.replace("[contents]", "[contents, reviews]"),
            "edges.hosts.sources: it is made of contents, no more and no less (given: ['contents', 'reviews'])",
            RULES,
        ),
        (
            HOSTS,
            HOSTS.replace("[creator-content]", "[content-creator]"),
            "edges.hosts.between: hosts does not join content-creator; pairs of kinds that it joins: creator-content",
            RULES,
        ),
        (
            HOSTS,
            HOSTS.replace("[creator-content]", "creator-content"),
            "edges.hosts.between: not a list (given: 'creator-content')",
            "between: pairs of entity kinds that it joins",
        ),
        (HOSTS, "hosts: yes", "edges.hosts: not a section of keys and values (given: True)", RULES),
        ("hosts:", "hots:", "edges: unknown relation hots; did you mean hosts?", RULES),
        (HOSTS, "", "edges: no rule for hosts (one that is not wanted says on: false)", RULES),
        (
            "policy: inverse",
            "policy: keep",
            "edges.same_buyers.policy: Input should be 'drop', 'cap', 'inverse' or 'virtual' (given: 'keep')",
            "policy: of a group of more than max_holders: drop: joins nobody; cap: ",
        ),
        (
            REVIEWS,
            REVIEWS.replace("drop", "virtual"),
            "edges.reviewed_together.policy: Input should be 'drop' or 'cap' (given: 'virtual')",
            "policy: drop: a group of more than max_holders joins nobody; cap: ",
        ),
        (
            "max_holders: 100",
            "max_holders: 1",
            "edges.same_buyers.max_holders: Input should be greater than or equal to 2 (given: 1)",
            "max_holders: a group of up to so many is joined in all pairs",
        ),
        (
            "max_holders: 100",
            "max_holders: 100\n  min_evidense: 2",
            "unknown key edges.same_buyers.min_evidense; did you mean min_evidence?",
            RULES,
        ),
    ],
)
def test_a_bad_rule_is_one_message_that_names_file_key_and_value(
    tmp_path: Path, change: str, to: str, fault: str, fix: str
) -> None:
    told, todo = message(tmp_path, "edges.yml", change, to)
    assert told == f"{tmp_path / 'local.yml'}: {fault} (in edges.yml or by --set)"
    assert todo.startswith(f"  what to do: {fix}")


@pytest.mark.parametrize(
    ("to", "fault"),
    [
        (
            "shares_divice: 1",
            "communities.relations: unknown relation shares_divice; did you mean shares_device?",
        ),
        (
            "shares_device:merchant-divice: 1",
            "communities.relations: shares_device does not join merchant-divice; pairs of kinds that it joins: "
            + PAIRS,
        ),
        (
            "shares_device: 0",
            "communities.relations.shares_device: Input should be greater than 0 (given: 0)",
        ),
    ],
)
def test_a_bad_relation_of_the_communities_is_one_message(tmp_path: Path, to: str, fault: str) -> None:
    told, todo = message(tmp_path, "communities.yml", "shares_device: 1", to)
    assert told == f"{tmp_path / 'local.yml'}: {fault} (in communities.yml or by --set)"
    assert todo == f"  what to do: {FACTORS}"


def test_one_pair_of_kinds_of_a_relation_can_vote() -> None:
    assert load_config(LOCAL, overrides=("communities.relations={'shares_device:merchant-buyer': 2}",))


def test_a_relation_can_be_switched_off() -> None:
    config = load_config(LOCAL, overrides=("edges.shares_ip.on=false",))
    assert "shares_ip" not in config.edges.groups
