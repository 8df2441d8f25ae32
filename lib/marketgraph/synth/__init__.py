"""A synthetic marketplace with planted rings and innocent look-alikes, and the measure of what was found."""

from __future__ import annotations
