"""Rushes: reviews that come when their product gets many more of them than it usually does.

Source: Fei, Mukherjee, Liu, Hsu, Castellanos and Ghosh (2013), "Exploiting burstiness in reviews for review spammer
detection" (ICWSM): a product's reviews above what its mean rate brings. A window about each review is taken in place of
their kernel density, since it needs one sort and no curve.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def with_rush(reviews: DataFrame, *, seconds: int, least: int, times: float) -> DataFrame:
    """Adds rush: whether at least `least` reviews of the product and rating came within `seconds` before and after,
    the review itself included, and at least `times` as many as their mean rate brings in that time.

    reviews: product, rating, reviewed_at. The mean rate is taken over the time from the first of them to the last, at
    least the window itself. Shuffles: one by product and rating.
    """
    at = F.unix_seconds(F.col("reviewed_at"))
    product = Window.partitionBy("product", "rating")
    about = product.orderBy("at").rangeBetween(-seconds, seconds)
    span = F.greatest(F.max("at").over(product) - F.min("at").over(product), F.lit(2 * seconds))
    usual = F.count(F.lit(1)).over(product) * (2 * seconds) / span
    counted = reviews.withColumn("at", at).withColumns(
        {"about": F.count(F.lit(1)).over(about), "usual": usual}
    )
    rush = (F.col("about") >= least) & (F.col("about") >= F.col("usual") * times)
    return counted.withColumn("rush", rush).drop("at", "about", "usual")
