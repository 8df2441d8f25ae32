"""The gate: each table's contract as a Great Expectations suite, judged before a release is published."""
