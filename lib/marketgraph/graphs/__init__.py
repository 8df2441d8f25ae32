"""Anyone's graph: edges, vertices and seeds read from files, checked, numbered, and its labels written."""
