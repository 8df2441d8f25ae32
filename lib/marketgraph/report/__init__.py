"""The report: a release as pages for people, plain HTML that needs no server."""
