"""The nodes of a cluster: whether Python's workers are on them, and which interpreter and packages those get."""

from __future__ import annotations

import sys

from marketgraph.archive import package_zip
from marketgraph.packed_environment import FOLDER, PYTHON, pack_environment
from marketgraph.spark_settings import SparkSettings, is_local_master

# Where the image of the Dockerfile has the checkout.
IMAGE_HOME = "/opt/marketgraph"
IMAGE_PYTHON = f"{IMAGE_HOME}/{FOLDER}/bin/python"


def has_workers_here(master: str) -> bool:
    """Whether Python's workers are on this machine, in processes that the driver begins."""
    return is_local_master(master) or master.startswith("local-cluster[")


def has_image(master: str) -> bool:
    """Whether the nodes are containers, whose image has what jobs need."""
    return master.startswith("k8s://")


def python_of_nodes(settings: SparkSettings, master: str) -> str | None:
    """The interpreter that workers take; None where the nodes say it themselves."""
    if has_workers_here(master):
        return sys.executable
    if settings.python == "provided":
        return None
    return IMAGE_PYTHON if has_image(master) else PYTHON


def sends_packages(settings: SparkSettings, master: str, archives: str | None) -> bool:
    """Whether nodes get this environment's packages. An archive that the user has named so stands in its place."""
    if has_workers_here(master) or has_image(master) or settings.python == "provided":
        return False
    return f"#{FOLDER}" not in (archives or "")


def sent_to_nodes(settings: SparkSettings, master: str) -> dict[str, str]:
    """What a driver that was not launched by spark-submit tells Spark to send: the code, and where needed the packages.

    May take a minute, for the archive of the packages, where it was never made.
    """
    if has_workers_here(master):
        return {}
    sent = {"spark.submit.pyFiles": joined(str(package_zip()), settings.extra.get("spark.submit.pyFiles"))}
    own = settings.extra.get("spark.archives")
    if sends_packages(settings, master, own):
        sent["spark.archives"] = joined(f"{pack_environment()}#{FOLDER}", own)
    return sent


def joined(*told: str | None) -> str:
    """What Spark takes as a list, of those that there are."""
    return ",".join(filter(None, told))
