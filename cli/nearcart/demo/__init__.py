"""``nearcart demo``: a whole small shop on one machine. It composes the packages and supervises their processes."""
