"""The console: the store's page, its JSON, its live events, and the door that webhooks come in by."""
