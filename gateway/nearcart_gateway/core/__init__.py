"""Sans-IO: plain functions and small classes over values; time and randomness come in as arguments."""
