"""Carts and orders from a file: JSON lines or CSV, every mistake told with its line."""
