"""make_marketplace: the synthetic marketplace's raw tables, where the config asks for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from pyspark.sql import DataFrame

from marketgraph.config import SyntheticConfig, digest
from marketgraph.hadoop_files import exists, read_text, write_text
from marketgraph.side_by_side import side_by_side
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.synth.marketplace import builders

MANIFEST = "_marketplace.json"
# Raw files are read again at once by one machine or by many: some files per core, not one per table.
FILES_AT_MOST = 64
# Of a row group: the rows of one file can be shared among tasks.
BYTES_OF_A_GROUP = 2 << 20


def make_marketplace(work: Work) -> None:
    """Write each raw table as Parquet under the data folder, unless the very same marketplace lies there.

    The manifest is written last: a marketplace that was cut off while it was made is made anew.
    """
    synthetic, context = work.config.sources.synthetic, work.context
    if synthetic is None or is_made(context, synthetic):
        return
    data = work.config.sources.data
    held: list[DataFrame] = []
    tables = builders(
        context.spark,
        scale=synthetic.scale,
        seed=synthetic.seed,
        start=synthetic.start,
        days=synthetic.days,
        keep=lambda lines: _held(lines, held),
    )
    side_by_side([partial(_write_raw, build, f"{data}/{name}") for name, build in tables.items()])
    for frame in held:
        frame.unpersist()
    write_text(context.spark, f"{data}/{MANIFEST}", json.dumps(_manifest(context, synthetic), sort_keys=True))


def _held(frame: DataFrame, held: list[DataFrame]) -> DataFrame:
    held.append(frame.persist())
    return frame


def _write_raw(build: Callable[[], DataFrame], path: str) -> None:
    writer = build().coalesce(FILES_AT_MOST).write.mode("overwrite")
    writer.option("parquet.block.size", BYTES_OF_A_GROUP).parquet(path)


def is_made(context: Context, synthetic: SyntheticConfig) -> bool:
    """Whether the data folder holds the marketplace of these settings, made by this code."""
    manifest = f"{context.config.sources.data}/{MANIFEST}"
    if not exists(context.spark, manifest):
        return False
    return read_text(context.spark, manifest) == json.dumps(_manifest(context, synthetic), sort_keys=True)


def _manifest(context: Context, synthetic: SyntheticConfig) -> dict[str, Any]:
    settings = synthetic.model_dump(mode="json")
    return {**settings, "code": context.run.code_version, "hash": digest(settings)}


STAGE = Stage(
    name="make_marketplace",
    inputs=(),
    outputs=(),
    depends_on=lambda _: None,
    build=make_marketplace,
)
