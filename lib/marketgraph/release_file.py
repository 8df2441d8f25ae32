"""The file in which the job publish_release tells a scheduler what it has published."""

from __future__ import annotations

import json
from pathlib import Path

from marketgraph.releases.release import pinned_tables, release_fingerprint, release_id
from marketgraph.stages.release import pins_of
from marketgraph.stages.stage import Context


def write_release_file(context: Context, file: Path) -> None:
    """Write JSON: `release`, its id; `as_of`, its date; `tables`, the rows of each table that it pins.

    Only warns when it can't be written, as where a cluster runs the driver on another machine than the scheduler's: the
    release is published all the same.
    """
    pins = pins_of(context)
    names = [table.full_name for table in pinned_tables(context.config)]
    told = {
        "release": release_id(context.run, release_fingerprint(pins)),
        "as_of": str(context.run.as_of),
        "tables": {name: held.rows for name, held in zip(names, pins, strict=True)},
    }
    try:
        file.write_text(json.dumps(told), encoding="utf-8")
    except OSError as error:
        context.warn(f"--release-file {file}: {error.strerror}; release {told['release']} is published")
