"""``nearcart init DIR``: the files of a new store, commented, with passwords of their own."""
