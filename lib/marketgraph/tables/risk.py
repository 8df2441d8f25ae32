"""The risk tables: scores of vertices and communities by domain, and how well held-out seeds are ranked."""

from __future__ import annotations

from pyspark.sql.types import BooleanType, DoubleType, IntegerType, LongType, StringType

from marketgraph.tables.contract import Column, Table

INT, LONG, DOUBLE, TEXT = IntegerType(), LongType(), DoubleType(), StringType()
METHODS = {
    "isotonic": "a rising step curve",
    "platt": "a logistic curve",
    "none": "the spread itself, where held-out seeds are few, or no curve is nearer to the truth",
}


def _share(name: str, meaning: str, *, nullable: bool = False) -> Column:
    return Column(name, DOUBLE, meaning, nullable=nullable, minimum=0, maximum=1)


_DOMAIN = Column("domain", TEXT, "the sort of risk, of the config's; any: all of them")

SCORES = Table(
    room="risk",
    name="scores",
    grain="one row per vertex of the run and domain that has a known violation before the date",
    key=("vertex_id", "domain"),
    may_be_empty=True,
    columns=(
        Column("vertex_id", LONG, "the vertex", minimum=0),
        _DOMAIN,
        _share(
            "spread", "v / (1 + v) of the visits v that walks from the domain's seeds are expected to pay it"
        ),
        _share("score", "calibrated: how likely a decision against it is known, by what held-out seeds show"),
        Column("is_seed", BooleanType(), "whether a violation of the domain is known of it"),
        Column(
            "rank",
            LONG,
            "1 for the highest spread of the domain; of equal ones the smaller id first",
            minimum=1,
        ),
    ),
)
COMMUNITIES = Table(
    room="risk",
    name="communities",
    grain="one row per community of two or more vertices and domain that has a known violation before the date",
    key=("community_id", "domain"),
    may_be_empty=True,
    columns=(
        Column("community_id", LONG, "the community", minimum=0),
        _DOMAIN,
        _share("score", "mean spread of its riskier half, or another share, shrunk towards 0 for small ones"),
        Column("members", LONG, "vertices of it", "vertices", minimum=2),
        Column("seeds", LONG, "members of whom a violation of the domain is known", "vertices", minimum=0),
        Column("lift", DOUBLE, "share of seeds among its members, of that among all vertices", minimum=0),
        Column(
            "rank",
            LONG,
            "1 for the highest score of the domain; of equal ones the smaller id first",
            minimum=1,
        ),
    ),
)
CALIBRATION = Table(
    room="risk",
    name="calibration",
    grain="one row per domain that has a known violation before the date; all figures are of held-out seeds",
    key=("domain",),
    may_be_empty=True,
    columns=(
        _DOMAIN,
        Column("method", TEXT, "how a spread becomes a score", allowed=tuple(METHODS)),
        Column("seeds", LONG, "vertices with a known violation, each held out once", "vertices", minimum=1),
        _share(
            "auc",
            "odds that a held-out seed is ranked above another vertex; null: all are seeds",
            nullable=True,
        ),
        _share("precision_at_1pct", "held-out seeds among the 1 % of vertices with the highest spread"),
        _share("baseline_at_1pct", "the same by the share of risky neighbours, by weight, on the same ties"),
        Column(
            "lift", DOUBLE, "the one of the other; null: the baseline finds none", nullable=True, minimum=0
        ),
        _share("brier_before", "mean squared error of the spread, taken for a probability"),
        _share("brier_after", "of the score, fitted without the vertex's own fold"),
        Column("iterations", INT, "rounds of the longest walk", minimum=0),
        Column("error", DOUBLE, "most that any vertex's expected visits are off", "visits", minimum=0),
    ),
)
RISK_TABLES = (SCORES, COMMUNITIES, CALIBRATION)
