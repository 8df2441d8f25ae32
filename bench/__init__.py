"""Label propagation measured: against its peers, as the graph grows, and against planted communities."""
