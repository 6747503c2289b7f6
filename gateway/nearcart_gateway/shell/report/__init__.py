"""What the store's database says for a report, as plain tables without names."""
