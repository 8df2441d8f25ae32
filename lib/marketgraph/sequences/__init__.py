"""Sequences: what each entity last did, act by act, as a model of sequences reads it."""
