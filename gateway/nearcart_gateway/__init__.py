"""The gateway: one per store. Ingest, locate, visits, carts, offers, decide, deliver, console."""
