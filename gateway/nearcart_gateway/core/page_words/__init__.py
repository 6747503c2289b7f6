"""What a visitor's own page says by itself, one file a language. A new one joins ``registry`` with one line."""
