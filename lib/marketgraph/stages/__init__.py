"""Stages: one per job, each reads, names its verbs, writes. Only these touch store, books, session and gate."""
