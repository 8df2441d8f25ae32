"""What was planted: the members of each group, guilty or not."""

from __future__ import annotations

from pyspark.sql.types import BooleanType, StringType

from marketgraph.synth.catalogue import copies, victim
from marketgraph.synth.members import behind_nat, id_by_kind, is_guilty, members, suspects
from marketgraph.synth.rows import Rows, union
from marketgraph.synth.terms import Term, col, lit, words_joined
from marketgraph.synth.world import GROUP_KINDS, GUILTY_KINDS, World
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
_COLUMNS = ("group_kind", "entity_kind", "slot", "group", "guilty")


def truth(world: World) -> Rows:
    """One row per member of a planted group. No entity is guilty in one group and innocent in another.

    A guilty entity that is behind a NAT, as anybody may be, is listed in its own group only.
    """
    planted = members(world, suspects(world)).extend(guilty=_is_deed(col("group_kind")))
    victims = world.range("group", 0, copies(world).groups).extend(
        group_kind="copied_listings", entity_kind="product", slot=victim(world, col("group")), guilty=False
    )
    nat = behind_nat(world).where(~is_guilty(world)).extend(group_kind="nat", guilty=False)
    return union(_COLUMNS, planted, victims, nat).select(
        *("group_kind", "entity_kind", "guilty"),
        group_id=words_joined("-", col("group_kind"), col("group").cast("string")),
        entity_id=id_by_kind(world, "merchant", "product", "creator", "buyer"),
    )


def _is_deed(group_kind: Term) -> Term:
    deed = lit(False)
    for kind in GUILTY_KINDS:
        deed = deed | group_kind.equals(kind)
    return deed
