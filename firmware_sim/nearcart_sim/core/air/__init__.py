"""From advertising events to what scanners heard, many at once, and to the lines of a capture."""
