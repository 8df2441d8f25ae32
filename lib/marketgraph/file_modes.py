"""Who may read what a command writes: its user and their group, nobody else."""

from __future__ import annotations

import os

UMASK = 0o027


def keep_from_others() -> None:
    """Take from files and folders that this process, and the JVM that it starts, make from now on what others may do.

    A stricter mask of the user's own stays.
    """
    os.umask(os.umask(UMASK) | UMASK)
