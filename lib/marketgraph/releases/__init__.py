"""Releases: many Delta versions under one id, and how a reader gets them back."""
