"""A day in a store: who comes when, where she walks, and what goes wrong; read from a scenario's YAML."""
