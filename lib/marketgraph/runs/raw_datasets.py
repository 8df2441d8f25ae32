"""What a run reads and writes beside tables, as lineage names it: the folder of raw files, and Hive's tables."""

from __future__ import annotations

from pathlib import Path

from marketgraph.config import Config
from marketgraph.errors import ConfigError
from marketgraph.runs.lineage import Raw
from marketgraph.runs.openlineage import Dataset, named
from marketgraph.sources.mapping import Origin
from marketgraph.sources.mapping_file import load_mapping

# The specification would have the metastore's address in it, which a session may have of its hive-site.xml alone.
HIVE = "hive"


def raw_datasets(config: Config, *, made_by: str, read_by: str) -> Raw:
    """The datasets by stage. made_by: the stage that makes a marketplace up, where it is to. Raises nothing."""
    settings = config.sources
    namespace, name = named(settings.data)
    folder, origins = Dataset(namespace=namespace, name=name), _origins(settings.mapping)
    hive = sorted({one.from_ for one in origins if one.format == "hive"})
    files = () if origins and all(one.format == "hive" for one in origins) else (folder,)
    read = (*files, *(Dataset(namespace=HIVE, name=one) for one in hive))
    return Raw({read_by: read}, {made_by: (folder,)} if settings.synthetic is not None else {})


def _origins(mapping: str) -> tuple[Origin, ...]:
    """None of a mapping that can't be read: the stage that needs it says what is wrong with it."""
    try:
        return load_mapping(Path(mapping)).origins
    except ConfigError:
        return ()
