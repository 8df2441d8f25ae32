"""Where Spark 3.5 and Spark 4 differ for this code; all else is written so that it is right on both.

Which of the two is here is asked of the installed pyspark, and nowhere else. What Python sees of a frame or a column is
the same in both; Spark 4 moved the JVM's classes behind them, as frames and columns of Spark Connect have none.
"""

from __future__ import annotations

from typing import Any

import pyspark
from pyspark import SparkContext
from pyspark.sql import Column, DataFrame, SparkSession

_IS_4 = int(pyspark.__version__.split(".")[0]) >= 4
# The lock, in conf/, of the jars that are built for this Spark and its Scala.
JARS_LOCK = "jars-spark4.lock" if _IS_4 else "jars.lock"
# What Spark's launcher adds to the JVM by name, so that one without it does not start; it says so in a line of its own.
JAVA_MODULES = ("jdk.incubator.vector",) if _IS_4 else ()


def frame_of(plan: Any, session: SparkSession) -> DataFrame:
    """A logical plan of the JVM as a frame."""
    sql: Any = session._jvm.org.apache.spark.sql  # type: ignore[union-attr]
    dataset = sql.classic.Dataset if _IS_4 else sql.Dataset
    return DataFrame(dataset.ofRows(session._jsparkSession, plan), session)


def unscaled(value: Column) -> Column:
    """A decimal as a whole number of its smallest unit. Spark's own plans of sums have this; no function gives it."""
    sql: Any = SparkContext._active_spark_context._jvm.org.apache.spark.sql  # type: ignore[union-attr]
    whole = sql.catalyst.expressions.UnscaledValue
    if _IS_4:
        between = sql.classic.ExpressionUtils
        return Column(between.column(whole(between.expression(value._jc))))
    return Column(sql.Column(whole(value._jc.expr())))
