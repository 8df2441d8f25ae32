"""A day of a soak: what its run took, and what it left."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Day:
    """What one run took and left. rooms: bytes by folder of the warehouse. peak: bytes of all its processes.

    read_first, read_newest: seconds of one query on the first release and on the newest one, each a median.
    """

    as_of: str
    seconds: float
    peak: int
    maintain: float | None
    rooms: dict[str, int]
    files: int
    read_first: float
    read_newest: float

    @property
    def size(self) -> int:
        """Bytes of the whole warehouse."""
        return sum(self.rooms.values())

    @property
    def ratio(self) -> float:
        """The newest release's seconds, of the first one's."""
        return self.read_newest / self.read_first
