"""How payloads of shops come in, beside webhooks."""
