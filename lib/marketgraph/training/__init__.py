"""Training sets: what entities looked like at moments, and what was decided about them after these moments."""
