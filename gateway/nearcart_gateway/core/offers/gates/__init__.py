"""One gate a file: a condition that an offer must pass. A new one joins ``registry`` with one line."""
