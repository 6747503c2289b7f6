"""One narrow module a kind of record, over one SQLite file with one writer."""
