"""What became of an offer in a channel, in words. A state that is not here is shown by its own name."""

_WORDS = {
    "sent": "handed over",
    "expired": "too late",
    "withdrawn": "taken back",
    "skipped": "passed over",
    "unknown": "may have arrived",
}


def fate_words(state: str) -> str:
    return _WORDS.get(state, state)
