"""Webhooks of shop platforms: one file a platform, joined in ``registry``."""
