"""Which scanner is dead, moved or off: told from what its neighbours hear, once every few seconds, without numpy."""
