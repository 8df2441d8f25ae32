"""SQL expressions of a mapping: which columns they name, and that they give the same value on every run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import ParseException, PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType

from marketgraph.errors import ConfigError
from marketgraph.sources.files import cause

# They differ from run to run, or reach beyond the row.
REFUSED_FUNCTIONS = frozenset(
    word
    for line in (
        "now current_timestamp current_date curdate localtimestamp unix_timestamp current_timezone",
        "rand randn random uuid shuffle monotonically_increasing_id spark_partition_id",
        "input_file_name input_file_block_start input_file_block_length java_method reflect try_reflect",
        "current_user user session_user current_catalog current_database current_schema version",
        "raise_error assert_true explode explode_outer posexplode posexplode_outer inline inline_outer stack",
    )
    for word in line.split()
)
LONGEST = 10_000  # characters of an expression
SHOWN = 300  # of it, and of what Spark says of it, in a message
_REFUSED_NODES = ("Subquery", "Exists", "Window", "Star", "Regex", "Parameter", "Alias")


def names_in(spark: SparkSession, text: str, *, place: str) -> set[tuple[str, ...]]:
    """The columns that an expression names, each as its dotted steps.

    place: what the message calls it, `tables.orders.columns.status`. Raises ConfigError when it does not
    parse, calls a function that gives something else on another run, or reaches beyond its row.
    """
    parser = spark._jsparkSession.sessionState().sqlParser()
    if len(text) > LONGEST:
        raise _bad(place, text, f"it has {len(text):,} characters, at most {LONGEST:,} are taken")
    try:
        nodes = list(_nodes(parser.parseExpression(text)))
    except (
        ParseException,
        Py4JJavaError,
    ) as error:  # of Java's own a stack that is too small for deep nesting
        raise _bad(place, text, _first_line(error)) from None
    for node in nodes:
        kind = str(node.getClass().getSimpleName())
        if any(word in kind for word in _REFUSED_NODES):
            raise _bad(place, text, "only a value of one row is taken: no subquery, window, * or alias")
        if kind == "UnresolvedFunction":
            _check_function(str(node.nameParts().last()).lower(), place, text)
    named = (n.nameParts() for n in nodes if n.getClass().getSimpleName() == "UnresolvedAttribute")
    return {tuple(str(steps.apply(i)) for i in range(steps.size())) for steps in named}


def evaluate(frame: DataFrame, text: str, *, place: str) -> tuple[Column, DataType]:
    """The expression as a column of `frame`, and its type. Raises ConfigError when it can't be resolved."""
    try:
        resolved = frame.select(F.expr(text))
    except (PySparkException, Py4JJavaError) as error:
        raise _bad(place, text, _first_line(error)) from None
    if resolved._jdf.queryExecution().analyzed().getClass().getSimpleName() != "Project":
        raise _bad(place, text, "it puts rows together; an expression sees one row")
    return F.expr(text), resolved.schema.fields[0].dataType


def quoted(*steps: str) -> Column:
    """The column of that very name, whatever characters it has; more steps lead into a struct."""
    return F.col(".".join("`" + step.replace("`", "``") + "`" for step in steps))


def _check_function(name: str, place: str, text: str) -> None:
    if name in REFUSED_FUNCTIONS:
        raise _bad(place, text, f"{name}() is not taken: the same row must give the same value on every run")


def _nodes(root: Any) -> Iterator[Any]:
    """The node and all below it; a chain of a thousand is deeper than Python's own calls may go."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        children = node.children()
        waiting += [children.apply(index) for index in range(children.size())]


def _first_line(error: Exception) -> str:
    told = cause(error) if isinstance(error, Py4JJavaError) else str(error)
    return next((line.strip()[:SHOWN] for line in told.splitlines() if line.strip()), "not understood")


def _bad(place: str, text: str, why: str) -> ConfigError:
    shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return ConfigError(
        f"{place}: the expression {shown!r} can't be used: {why}", fix="mend it in the mapping"
    )
