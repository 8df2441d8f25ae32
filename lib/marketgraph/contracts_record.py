"""`python -m marketgraph.contracts_record` adds today's contracts to the record, once their versions were raised."""

from __future__ import annotations

import sys
from pathlib import Path

from marketgraph.contracts import known_contracts
from marketgraph.tables.record import FILE, committed, recorded, written


def main() -> None:
    """Write the checkout's record anew; where a contract changed and its version did not, say so and end with 2."""
    file = Path(__file__).parent / "tables" / FILE
    try:
        file.write_text(written(recorded(known_contracts(), committed())), encoding="utf-8")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
