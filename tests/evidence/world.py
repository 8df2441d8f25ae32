"""A small world for evidence: named vertices, edges, known violators, and scores by the walk's fixed point itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

from marketgraph.evidence.settings import EvidenceConfig
from marketgraph.evidence.sources import Sources, Told
from marketgraph.motifs.settings import MotifsConfig
from marketgraph.risk.settings import RiskConfig
from marketgraph.tables.communities import MEMBERS, PROFILES
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.motifs import INSTANCES
from marketgraph.tables.relations import RELATIONS
from marketgraph.tables.risk import COMMUNITIES, SCORES
from marketgraph.tables.sources import IDENTIFIERS, VIOLATIONS
from tests.builders import rows_of

AS_OF = date(2024, 3, 1)
LONG_AGO, LATELY = datetime(2023, 1, 1), datetime(2024, 2, 20)
RESTART = 0.3
RISK = RiskConfig.model_validate(
    {
        "restart": RESTART,
        "domains": {
            "any": {
                "kinds": ["*"],
                "relations": {
                    "shares_device": {},
                    "shares_bank": {},
                    "bought_merchant": {"factor": 0.1, "min_evidence": 3},
                },
                "hints": {"shares_bank:merchant-merchant": 0.1},
            }
        },
    }
)
FACTORS = {"shares_device": 1.0, "shares_bank": 1.0, "bought_merchant": 0.1}


@dataclass
class World:
    """vertices: `kind:id`, numbered in their order. edges: (src, dst, relation, weight, evidence_count), by name.

    known: weight of each known violator, 0.9 where it is decided lately; visits, scores: by the fixed point.
    """

    spark: SparkSession
    vertices: tuple[str, ...]
    edges: list[tuple[str, str, str, float, int]]
    known: tuple[str, ...] = ()
    identifiers: Sequence[dict[str, Any]] = ()
    communities: dict[str, int] = field(default_factory=dict)
    instances: Sequence[tuple[str, int, list[str]]] = ()
    joined: dict[str, datetime] = field(default_factory=dict)

    def id(self, name: str) -> int:
        return self.vertices.index(name)

    def pull(self) -> np.ndarray:
        """The ties between all, with their factors."""
        told = np.zeros((len(self.vertices), len(self.vertices)))
        for src, dst, relation, weight, count in self.edges:
            if relation in FACTORS and (relation != "bought_merchant" or count >= 3):
                told[self.id(src), self.id(dst)] += weight * FACTORS[relation]
                told[self.id(dst), self.id(src)] += weight * FACTORS[relation]
        return told

    def own(self) -> np.ndarray:
        """What begins at each: a known violation of today counts 0.9, a shared bank account of two merchants 0.1."""
        told = np.array([0.9 * float(v in self.known) for v in self.vertices])
        for src, dst, relation, *_ in self.edges:
            if relation == "shares_bank" and src[:3] == dst[:3] == "mer":
                for end in (src, dst):
                    told[self.id(end)] = max(told[self.id(end)], 0.1)
        return told

    def visits(self) -> np.ndarray:
        """The walk's fixed point, by solving for it."""
        pull = self.pull()
        degree = pull.sum(axis=0)
        share = np.divide(pull, degree, out=np.zeros_like(pull), where=degree > 0)
        found: np.ndarray = np.linalg.solve(np.eye(len(degree)) - (1 - RESTART) * share, self.own())
        return found

    def told(self, **choices: Any) -> Told:
        return Told(RISK, EvidenceConfig(**choices), MotifsConfig(), AS_OF)

    def sources(self) -> Sources:
        visits = self.visits()
        spread = visits / (1 + visits)
        order = np.lexsort((np.arange(spread.size), -spread))
        rank = {int(vertex): place + 1 for place, vertex in enumerate(order)}
        scores = [
            {"vertex_id": n, "domain": "any", "spread": float(spread[n]), "score": float(spread[n]),
             "is_seed": v in self.known, "rank": rank[n]}
            for n, v in enumerate(self.vertices)
        ]  # fmt: skip
        members = [{"vertex_id": self.id(v), "community_id": c} for v, c in self.communities.items()]
        instances = [
            {"motif": name, "rank": rank_, "roles": [f"r{n}" for n in range(len(vs))],
             "vertices": [self.id(v) for v in vs], "relations": [], "strength": 1.0}
            for name, rank_, vs in self.instances
        ]  # fmt: skip
        violations = [
            {"entity_kind": v.split(":")[0], "entity_id": v.split(":")[1], "kind": "fraud",
             "decided_at": datetime(2024, 2, 29, 23, 59, 59), "known_at": datetime(2024, 2, 29, 23, 59, 59)}
            for v in self.known
        ]  # fmt: skip
        return Sources(
            edges=rows_of(self.spark, EDGE_TABLES["sells"], [self._edge(*edge) for edge in self.edges]),
            scores=rows_of(self.spark, SCORES, scores),
            ranked=rows_of(self.spark, COMMUNITIES, []),
            members=rows_of(self.spark, MEMBERS, members),
            profiles=rows_of(self.spark, PROFILES, []),
            instances=rows_of(self.spark, INSTANCES, instances),
            identifiers=rows_of(self.spark, IDENTIFIERS, self.identifiers),
            violations=rows_of(self.spark, VIOLATIONS, violations),
            entities={kind: self._entities(kind) for kind in ENTITY_TABLES},
        )

    def _entities(self, kind: str):
        rows = [
            {"vertex_id": n, f"{kind}_id": v.split(":")[1], "first_activity": self.joined.get(v, LONG_AGO)}
            for n, v in enumerate(self.vertices)
            if v.startswith(f"{kind}:")
        ]
        return rows_of(self.spark, ENTITY_TABLES[kind], rows)

    def _edge(self, src: str, dst: str, relation: str, weight: float, count: int) -> dict[str, Any]:
        assert relation in RELATIONS
        if src.split(":")[0] == dst.split(":")[0] and self.id(src) > self.id(dst):
            src, dst = dst, src
        return {
            "src": self.id(src), "dst": self.id(dst), "src_kind": src.split(":")[0], "dst_kind": dst.split(":")[0],
            "relation": relation, "weight": weight, "evidence_count": count, "evidence": weight, "recency": 1.0,
            "rarity": 1.0, "first_seen": LONG_AGO, "last_seen": LATELY,
        }  # fmt: skip
