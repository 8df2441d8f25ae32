"""Charts as geometry, in the units of an SVG's view box; the templates draw them in the page's colours."""
