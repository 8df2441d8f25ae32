"""How the JVM compiles the code that Spark generates for each plan.

The JVM's second compiler makes hot code a quarter faster, in seconds of work for a large method. A run of minutes has
hundreds of plans that are done by then: on two cores a fifth of a small job's time went to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import SparkSession

from marketgraph.packaged import packaged_file

_COMMANDS = "com.sun.management:type=DiagnosticCommand"


def compile_quickly(spark: SparkSession) -> None:
    """From now on, generated code is left to the JVM's first compiler; Spark's own code to both, as ever.

    One that is no HotSpot has no such compilers to choose of, and is left as it is.
    """
    if "Server VM" in spark._jvm.java.lang.System.getProperty("java.vm.name"):  # type: ignore[union-attr]
        diagnose(spark, "compilerDirectivesAdd", str(packaged_file("jit.json")))


def diagnose(spark: SparkSession, command: str, *words: str) -> str:
    """What the session's JVM answers to one of its diagnostic commands, jcmd's, by its name as a bean's operation."""
    jvm: Any = spark._jvm
    beans = jvm.javax.management
    told = (beans.ObjectName(_COMMANDS), command, _array(spark, "Object", [_array(spark, "String", words)]),
            _array(spark, "String", ["[Ljava.lang.String;"]))  # fmt: skip
    # py4j finds no method of the server's own class, which is not public
    (invoke,) = (m for m in jvm.java.lang.Class.forName("javax.management.MBeanServer").getMethods()
                 if m.getName() == "invoke")  # fmt: skip
    server = jvm.java.lang.management.ManagementFactory.getPlatformMBeanServer()
    return str(invoke.invoke(server, _array(spark, "Object", told)))


def _array(spark: SparkSession, kind: str, values: Sequence[Any]) -> Any:
    array = spark.sparkContext._gateway.new_array(getattr(spark._jvm, kind), len(values))  # type: ignore[union-attr]
    for place, value in enumerate(values):
        array[place] = value
    return array
