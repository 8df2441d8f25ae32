"""Taking an entity out of a warehouse: from all that stands, and with a purge from the files."""
