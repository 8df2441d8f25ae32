"""Communities: labels and components of the graph that the chosen relations make."""
