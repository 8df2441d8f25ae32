"""How many cases are tried: 500 in `make test`, the same ones on every run; 10,000 new ones by `make fuzz`."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

CASES = int(os.environ.get("MARKETGRAPH_FUZZ_CASES", "500"))
NIGHTLY = CASES > 500


def tried(cases: int, *, shrunk: bool = True) -> Any:
    """Settings for so many examples. shrunk: look for the smallest failing one, which takes many more."""
    phases = (Phase.explicit, Phase.reuse, Phase.generate, *((Phase.shrink,) if shrunk else ()))
    return settings(
        max_examples=cases,
        derandomize=not NIGHTLY,
        deadline=None,
        database=None,
        phases=phases,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
