"""Edges: one relation per file, each from sources to (src, dst, weight, evidence, span)."""
