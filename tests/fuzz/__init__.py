"""Bad input at volume: sound configs, mappings and source files, spoilt at random. Nothing may end in a traceback."""
