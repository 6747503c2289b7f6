"""Plain tables in, figures out: what ``nearcart stats`` reads, a file a kind of table and one line in ``families``."""
