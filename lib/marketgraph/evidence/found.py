"""Evidence as rows: what is found of the subjects of one domain, for the tables and for a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketgraph.communities.votes import UNITS
from marketgraph.evidence.paths import Path
from marketgraph.evidence.reasons import Reason, Subject
from marketgraph.tables import Table
from marketgraph.tables.evidence import EDGES, EVIDENCE_TABLES, HELD, PATHS, REASONS, SUBJECTS

Row = dict[str, Any]
_EDGE = (
    "neighbour_kind",
    "relation",
    "weight",
    "evidence_count",
    "evidence",
    "recency",
    "rarity",
    "first_seen",
    "last_seen",
)


@dataclass
class Found:
    """Rows by table, as dicts of their columns."""

    domain: str
    rows: dict[Table, list[Row]] = field(default_factory=lambda: {table: [] for table in EVIDENCE_TABLES})

    def subject(self, subject: Subject, subject_id: int, **told: Any) -> None:
        self._add(SUBJECTS, subject, subject_id, **told)

    def edge(self, subject: Subject, subject_id: int, rank: int, row: Any, **told: Any) -> None:
        """row: of the edge seen from an end."""
        facts = {name: row[name] for name in ("vertex_id", "neighbour", *_EDGE)}
        self._add(EDGES, subject, subject_id, rank=rank, **facts, **told)

    def identifiers(self, rows: Iterable[Any]) -> None:
        """rows: from `shared_identifiers`."""
        for row in rows:
            self.rows[HELD].append({**row.asDict(), "domain": self.domain})

    def paths(self, subject: Subject, subject_id: int, paths: Sequence[Path]) -> None:
        for rank, path in enumerate(paths, start=1):
            told = {"vertices": list(path.vertices), "relations": list(path.relations)}
            self._add(
                PATHS, subject, subject_id,
                rank=rank, seed=path.vertices[-1], hops=path.hops, strength=path.strength / UNITS, **told,
            )  # fmt: skip

    def reasons(
        self, subject: Subject, subject_id: int, facts: Mapping[str, float], known: Iterable[Reason]
    ) -> None:
        """The codes that hold of the subject by these facts."""
        for reason in known:
            count = reason.count(facts) if reason.subject == subject else 0
            if count:
                self._add(REASONS, subject, subject_id, code=reason.code, count=count)

    def told(self, table: Table) -> list[tuple[Any, ...]]:
        """The rows of one table, as its contract has them, in the order of its key."""
        rows = sorted(self.rows[table], key=lambda row: tuple(row[name] for name in table.key))
        return [tuple(row[column.name] for column in table.columns) for row in rows]

    def _add(self, table: Table, subject: Subject, subject_id: int, **told: Any) -> None:
        self.rows[table].append({"subject": subject, "subject_id": subject_id, "domain": self.domain, **told})
