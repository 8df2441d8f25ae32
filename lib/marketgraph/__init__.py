"""Governance graphs of a marketplace on Spark, as versioned Delta datasets."""

from __future__ import annotations

__version__ = "0.1.0"
