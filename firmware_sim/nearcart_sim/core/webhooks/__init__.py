"""Carts and orders as shop platforms send them: values in, a signed request out."""
