"""build_sequences: the last acts of each entity and of each live session, in ids of an append-only vocabulary."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame

from marketgraph.features.money import Money
from marketgraph.sequences.acts import acts_in
from marketgraph.sequences.last import last_before
from marketgraph.sequences.sessions import session_sequences, windows_of
from marketgraph.sequences.sides import sides
from marketgraph.sequences.vocabulary import number_new_tokens, tokens_in
from marketgraph.sources.visibility import midnight
from marketgraph.stages.append_only import with_new_rows
from marketgraph.stages.held import Held
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.sequences import SEQUENCE_TABLES, SEQUENCES, SESSIONS, VOCABULARY
from marketgraph.tables.sources import (
    CONTENT_PRODUCTS,
    CONTENTS,
    EVENTS,
    ORDER_ITEMS,
    ORDERS,
    REVIEWS,
)

READ = (EVENTS, ORDERS, ORDER_ITEMS, REVIEWS, CONTENTS, CONTENT_PRODUCTS)


def build_sequences(work: Work) -> None:
    """Add the tokens that are new to the vocabulary, then write the sequences and the sessions of the date."""
    rule, moment = work.config.sequences, midnight(work.run.as_of)
    sources, vertex_ids = work.read_all(READ), work.read(VERTEX_IDS)
    with Held() as held:
        acts = held.frame(acts_in(sources, vertex_ids, rule, Money(work.config.features.currency)))
        seen = sides(acts, rule)
        vocabulary = held.small(_vocabulary(work, tokens_in(seen, acts)))
        work.write_all(
            {
                SEQUENCES: lambda: SEQUENCES.conform(
                    last_before(seen, vocabulary, moment=moment, length=rule.length)
                ),
                SESSIONS: lambda: session_sequences(
                    acts,
                    windows_of(sources, vertex_ids, moment=moment, rule=rule.sessions),
                    vocabulary,
                    rule=rule.sessions,
                ),
            }
        )


def _vocabulary(work: Work, tokens: DataFrame) -> DataFrame:
    number = partial(
        number_new_tokens, tokens=tokens, as_of=work.run.as_of, most=work.config.sequences.max_tokens
    )
    return with_new_rows(work, VOCABULARY, number)


def _depends_on(context: Context) -> list[object]:
    config = context.config
    return [config.sequences.model_dump(mode="json"), config.features.currency.model_dump(mode="json")]


STAGE = Stage(
    name="build_sequences",
    inputs=(*READ, VERTEX_IDS),
    outputs=SEQUENCE_TABLES,
    depends_on=_depends_on,
    build=build_sequences,
)
