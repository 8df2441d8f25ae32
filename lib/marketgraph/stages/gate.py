"""check_quality: every table of the run against its contract, before anything is published."""

from __future__ import annotations

from marketgraph.quality.checks import CHECKS, checks_frame
from marketgraph.quality.gate import check_tables, line_of, raise_for
from marketgraph.quality.references import parents_of
from marketgraph.quality.suites import great_expectations
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables import catalogue


def check_quality(work: Work) -> None:
    """Write every result, then stop the run where a critical check failed."""
    frames = {table: work.read(table) for table in catalogue()}
    results = check_tables(frames, parents=parents_of(frames), config=work.config.quality)
    work.write(CHECKS, checks_frame(work.context.spark, results))
    for result in results:
        if not result.passed and result.severity == "warning":
            work.context.warn(line_of(result))
    raise_for(results)


STAGE = Stage(
    name="check_quality",
    inputs=catalogue(),
    outputs=(CHECKS,),
    depends_on=lambda context: context.config.quality.model_dump(mode="json"),
    build=check_quality,
    ahead=great_expectations,
)
