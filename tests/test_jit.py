"""How the JVM of a session is told to compile what Spark generates."""

from __future__ import annotations

from pyspark.sql import SparkSession

from marketgraph.jit import diagnose


def test_the_second_compiler_leaves_generated_code_alone_where_runs_are_short(spark: SparkSession) -> None:
    ours, default = diagnose(spark, "compilerDirectivesPrint").split("Directive: (default)")
    assert "catalyst/expressions/GeneratedClass*.*" in ours
    assert "Exclude:true" in ours.split("c2 directives:")[1]
    assert "Exclude:true" not in default
