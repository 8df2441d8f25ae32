"""What was planted: the members of each group, guilty or not."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import BooleanType, StringType

from marketgraph.synth.catalogue import copies, victim
from marketgraph.synth.sharing import NAT_KINDS, nat_frame
from marketgraph.synth.slots import Block
from marketgraph.synth.terms import Term, choose_columns, col, extend, lit, words_joined
from marketgraph.synth.world import GROUP_KINDS, World
from marketgraph.tables.contract import ENTITY, Column, Reference, Table
from marketgraph.tables.sources import ENTITY_KINDS

STRING = StringType()

TRUTH = Table(
    room="synth",
    name="truth",
    grain="one row per member of a planted group",
    key=("group_id", "entity_kind", "entity_id"),
    references=(Reference(("entity_kind", "entity_id"), ENTITY),),
    sliced=False,
    columns=(
        Column("group_id", STRING, "the group: its kind and a number"),
        Column("group_kind", STRING, "what was planted", allowed=GROUP_KINDS),
        Column("entity_kind", STRING, "kind of the member", allowed=ENTITY_KINDS),
        Column("entity_id", STRING, "the member"),
        Column("guilty", BooleanType(), "whether it took part; false: an innocent look-alike or a victim"),
    ),
)


def truth(world: World, spark: SparkSession) -> DataFrame:
    """One row per member of a planted group. No entity is guilty in one group and innocent in another.

    A guilty entity that is behind a NAT, as anybody may be, is listed in its own group only.
    """
    planted = [
        _members(world, b.frame(spark, world.partitions), b.group_kind, b.entity_kind, b.guilty)
        for b in suspects(world)
    ]
    groups = spark.range(0, copies(world).groups, 1, world.partitions).withColumnRenamed("id", "group")
    victims = extend(groups, slot=victim(world, col("group")))
    behind_nat = [_behind_nat(world, spark, kind) for kind in NAT_KINDS]
    every = [*planted, _members(world, victims, "copied_listings", "product", False), *behind_nat]
    return TRUTH.conform(reduce(DataFrame.unionByName, every))


def suspects(world: World) -> list[Block]:
    """The blocks whose members are in the truth. The contents of a collusion are not: its creator is."""
    return [block for block in world.blocks if block.entity_kind != "content"]


def is_guilty(world: World, entity_kind: str, slot: Term) -> Term:
    """Whether the entity is a member of a guilty group."""
    guilty = lit(False)
    for block in suspects(world):
        if block.guilty and block.entity_kind == entity_kind:
            guilty = guilty | block.has_member(slot)
    return guilty


def _behind_nat(world: World, spark: SparkSession, entity_kind: str) -> DataFrame:
    innocent = ~is_guilty(world, entity_kind, col("slot"))
    return _members(
        world, nat_frame(world, spark, entity_kind).where(innocent.text), "nat", entity_kind, False
    )


def _members(world: World, frame: DataFrame, group_kind: str, entity_kind: str, guilty: bool) -> DataFrame:
    return choose_columns(
        frame,
        group_id=words_joined("-", group_kind, col("group").cast("string")),
        group_kind=group_kind,
        entity_kind=entity_kind,
        entity_id=world.population(entity_kind).id(col("slot")),
        guilty=guilty,
    )
