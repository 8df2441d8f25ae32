"""Entities: one row per real thing as of the date, with its vertex id and its span of activity."""
