"""A small public process that keeps webhooks until the gateway takes them: it checks signatures, and decides nothing."""
