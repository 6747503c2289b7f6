"""The offer language: checking what was written, and compiling it into gates."""
