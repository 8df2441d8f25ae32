"""The warehouse's own books: which slice came of which inputs, and which versions a release pins."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    DateType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from marketgraph.tables.contract import Column, Table

STRING, LONG, TIME = StringType(), LongType(), TimestampType()

# What the fingerprint of a slice begins with that was kept as evidence when its stage did not pass.
FAILED = "failed:"

SLICES = Table(
    room="releases",
    name="slices",
    grain="one row per committed write of a slice; append-only, the last one of a slice stands",
    key=("table", "as_of", "sequence"),
    sliced=False,
    columns=(
        Column("table", STRING, "full name of the table"),
        Column("as_of", DateType(), "the slice"),
        Column("sequence", LONG, "which write of the slice this was, from 1", minimum=1),
        Column("fingerprint", STRING, "hash of inputs, config and code that the slice came of"),
        Column("delta_version", LONG, "Delta version that the write made", minimum=0),
        Column("rows", LONG, "rows written", "rows", minimum=0),
        Column("run_id", STRING, "the run that wrote it"),
        Column("written_at", TIME, "when the books were written", "UTC"),
    ),
)

PIN = StructType(
    [
        StructField("table", STRING, False),
        StructField("delta_version", LONG, False),
        StructField("rows", LONG, False),
        StructField("schema_hash", STRING, False),
        StructField("fingerprint", STRING, False),
    ]
)

RELEASES = Table(
    room="releases",
    name="releases",
    grain="one row per publication; the row is the commit point. A release that maintenance removed may be published"
    " anew: the last row of an id stands",
    key=("release_id", "published_at"),
    sliced=False,
    columns=(
        Column("release_id", STRING, "date and the first 8 digits of the fingerprint"),
        Column("as_of", DateType(), "the date it sees the marketplace at"),
        Column("fingerprint", STRING, "hash of all that it pins"),
        Column("config_hash", STRING, "hash of the config in force"),
        Column("code_version", STRING, "package version and hash of its sources"),
        Column("run_id", STRING, "the run that published it"),
        Column(
            "published_at", TIME, "when; always after the release before it, whatever the clock says", "UTC"
        ),
        Column("checks_passed", LONG, "gate checks that passed", "checks", minimum=0),
        Column("checks_warned", LONG, "gate checks below critical that did not pass", "checks", minimum=0),
        Column("pins", ArrayType(PIN, False), "the exact Delta version of every table"),
    ),
)

# What a mark does to the release that it names.
MARK_ACTIONS = {
    "pin": "maintenance keeps it until it is unpinned",
    "unpin": "a pin ends",
    "rollback": "readers of its date get it, until one of that date is published or another rollback says otherwise",
    "remove": "maintenance is about to delete files of it: it can't be read any more",
}

MARKS = Table(
    room="releases",
    name="marks",
    grain="one row per pin, unpin, rollback or removal of a release; append-only, the last one of its kind stands",
    key=("sequence",),
    sliced=False,
    may_be_empty=True,
    columns=(
        Column(
            "sequence",
            LONG,
            "which mark of the warehouse it is, from 1: the order, whatever the clock",
            minimum=1,
        ),
        Column("action", STRING, "what it does", allowed=tuple(MARK_ACTIONS)),
        Column("release_id", STRING, "the release that it is about"),
        Column("publications", LONG, "rows of that release when the mark was made", "rows", minimum=1),
        Column(
            "known",
            ArrayType(STRING, False),
            "rollback: releases of its date when the mark was made; else none",
        ),
        Column("reason", STRING, "why, in the words of the one who made it; null: none given", nullable=True),
        Column("marked_at", TIME, "when", "UTC"),
    ),
)

ERASURE_ACTIONS = {
    "begin": "from now on no run lets the entity in, and no slice may keep it",
    "done": "no slice that stands holds it, nor a release that readers of a date get",
}

ERASED = Table(
    room="releases",
    name="erased",
    grain="one row per beginning and end of an erasure; append-only. The entity is there as a salted hash alone",
    key=("sequence",),
    sliced=False,
    may_be_empty=True,
    columns=(
        Column("sequence", LONG, "which row of the warehouse it is, from 1: the order", minimum=1),
        Column("action", STRING, "what it says", allowed=tuple(ERASURE_ACTIONS)),
        Column("salt", STRING, "of the hash; one for the warehouse", "32 hex digits"),
        Column("hash", STRING, "sha256 of salt, kind and id, with zero bytes between", "64 hex digits"),
        Column("reason", STRING, "why, in the words of the one who asked; null: none given", nullable=True),
        Column("at", TIME, "when", "UTC"),
        Column(
            "cleaned",
            ArrayType(STRING, False),
            "done: DATE/the first 16 digits of the fingerprint of each date's sources that are clean of it; else none",
        ),
    ),
)
