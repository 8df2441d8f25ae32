"""From facts to pages: the path of each and its text. Nothing is read here, and equal facts give equal bytes."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from marketgraph.edges.rules import Rule
from marketgraph.relations_words import evidence, hubs, joins, weight
from marketgraph.report import titles, words
from marketgraph.report.caps import Caps
from marketgraph.report.charts import flow
from marketgraph.report.charts.drawing import drawing_of
from marketgraph.report.charts.plot import Plot, bins_plot, rounds_plot, sizes_plot
from marketgraph.report.charts.timeline import timeline_of
from marketgraph.report.community_facts import Community
from marketgraph.report.facts import Facts
from marketgraph.report.relation_facts import RelationFacts
from marketgraph.tables.relations import RELATIONS
from marketgraph.tables.risk import METHODS
from marketgraph.tables.sources import ENTITY_KINDS

STATIC = ("report.css", "report.js")
Rules = dict[str, Rule]


def pages(facts: Facts, rules: Rules, *, caps: Caps) -> Iterator[tuple[str, str]]:
    """(path, text) of every file of the report. rules: of the config; they say how weights come about."""
    environment = _environment(facts, caps)
    yield "index.html", environment.get_template("index.html").render(_overview(facts))
    yield "communities.html", environment.get_template("communities.html").render(_list(facts))
    yield (
        "relations.html",
        environment.get_template("relations.html").render(rules=rules, meanings=_meanings()),
    )
    for one in facts.communities:
        told = environment.get_template("community.html").render(_community(facts, one, caps))
        yield f"community/{one.listed.community_id}.html", told
    for relation in facts.relations:
        page = environment.get_template("relation.html")
        yield f"relation/{relation.name}.html", page.render(_relation(relation, rules))
    for name in STATIC:
        yield name, files("marketgraph.report").joinpath("static").joinpath(name).read_text(encoding="utf-8")


def _environment(facts: Facts, caps: Caps) -> Environment:
    """Templates with autoescape on, whatever a file is called, and no name that is not defined."""
    environment = Environment(
        loader=PackageLoader("marketgraph.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    told = (
        words.number,
        words.signed,
        words.share,
        words.plural,
        words.day,
        words.minute,
        words.spoken,
        words.tied_by,
    )
    environment.filters.update({f.__name__: f for f in told})
    environment.filters.update(
        {
            "score": titles.score,
            "coded": coded,
            "listing": words.listing,
            "capitalize_first": words.begun,
            "short": words.short,
        }
    )
    with_page = {one.listed.community_id for one in facts.communities}
    environment.globals.update(
        {"facts": facts, "caps": caps, "kinds": ENTITY_KINDS, "titles": titles, "with_page": with_page}
    )
    return environment


def coded(text: str) -> Markup:
    """Words in which `code` is marked by backticks, as HTML. All else is escaped."""
    parts = [escape(part) for part in text.split("`")]
    marked = [Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts)]
    return Markup("").join(marked)


def _overview(facts: Facts) -> dict[str, Any]:
    churn = facts.churn if facts.churn and facts.churn.previous_as_of else None
    shared = sum(count for _, count in facts.sizes)
    return {
        "sizes": sizes_plot(facts.sizes) if facts.sizes else None,
        "rounds": rounds_plot(facts.rounds) if facts.rounds else None,
        "churn": churn,
        "flow": flow.churn_flow(churn.events) if churn else None,
        "alone_in_one": facts.churn is not None and facts.churn.communities > shared,
        "flow_title": flow.title(churn.events) if churn else "",
        "methods": METHODS,
    }


def _list(facts: Facts) -> dict[str, Any]:
    relations = sorted({name for one in facts.listed for name, _ in one.shares})
    counts = [dict(one.kinds) for one in facts.listed]
    present = [kind for kind in ENTITY_KINDS if any(of[kind] for of in counts)]
    return {"relations": relations, "present": present, "all": sum(count for _, count in facts.sizes)}


def _community(facts: Facts, one: Community, caps: Caps) -> dict[str, Any]:
    return {
        "one": one,
        "drawing": drawing_of(one, caps),
        "timeline": timeline_of(one.members, facts.release.as_of),
        "sells": dict(one.listed.kinds)["merchant"] > 0,
        "names": {member.vertex_id: member for member in one.members},
        "strongest": [tie for tie in one.ties if tie.holds][: caps.strongest],
    }


def _relation(one: RelationFacts, rules: Rules) -> dict[str, Any]:
    relation, rule = RELATIONS[one.name], rules[one.name]
    return {
        "one": one,
        "relation": relation,
        "rule": rule,
        "told": {
            "Joins": joins(rule),
            "Sources": ", ".join(rule.sources),
            "Evidence": evidence(relation, rule),
            "Weight": weight(rule),
            "Hubs": hubs(rule),
        },
        "degrees": _bins("degrees", one.degrees, "edges of a vertex", "vertices"),
        "weights": _bins("weights", one.weights, "weight of an edge", "edges"),
    }


def _bins(name: str, bins: tuple[tuple[int, int], ...], x_label: str, counted: str) -> Plot | None:
    return bins_plot(name, bins, x_label=x_label, y_label=counted, what=counted) if bins else None


def _meanings() -> dict[str, str]:
    return {name: relation.meaning for name, relation in RELATIONS.items()}
