"""Tables that do not fit into memory: read in parts, twice, and never held as a whole."""
