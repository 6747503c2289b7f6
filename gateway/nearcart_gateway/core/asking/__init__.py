"""What to ask a shop's API, and what its answers say: one file a platform, joined in ``registry``. Nothing here sends."""
