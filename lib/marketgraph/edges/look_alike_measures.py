"""look_alike_measures: two listings of different merchants with the same category and measures.

For marketplaces that publish no titles and images.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.members import members


def measure_members(listings: DataFrame) -> DataFrame:
    """One row per product with category and measures, as `members` has them; key: `<category>|<measures>`.

    Measures are equal where their texts are. A product without a merchant, a category or measures is left out. Equal
    measures are weak evidence where parcels come in a few sizes: that is for the hub policy to see to.
    """
    # null when either part is
    key = F.concat("category", F.lit("|"), "measures")
    return members(
        "look_alike_measures",
        listings.where("merchant is not null"),
        key=key,
        vertex="product",
        kind="product",
        first_seen="listed_at",
        owner="merchant",
    )
