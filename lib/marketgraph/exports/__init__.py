"""Exports: a published release in the files that trainers read, one format per module."""
