"""Evidence: why an entity or a community stands where it does, in rows that a person can check."""
