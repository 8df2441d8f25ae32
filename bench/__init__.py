"""Label propagation and relations measured: against peers, as data grows, against planted communities."""
