"""Presence without radio: what hundreds of edges would publish of thousands of tags."""
