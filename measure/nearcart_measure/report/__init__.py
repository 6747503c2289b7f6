"""A campaign's report: tables in, one answer with its figures out."""
