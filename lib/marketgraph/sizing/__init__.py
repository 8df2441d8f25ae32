"""What a run needs of a cluster: the model behind docs/scale.md and `marketgraph estimate`."""
