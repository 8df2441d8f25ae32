"""What runs do, seen while they do it and kept after: Spark's work, the tables of runs, lineage, metrics."""
