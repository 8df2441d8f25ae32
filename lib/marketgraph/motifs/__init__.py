"""Motifs: small patterns of edges that are told of by name, found by GraphFrames."""
