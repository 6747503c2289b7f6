"""What Eddystone's frames share: "Eddystone Protocol Specification" (github.com/google/eddystone, protocol-specification.md).

Service data of UUID 0xFEAA; the first byte is the frame type.
"""

SERVICE = "0000feaa-0000-1000-8000-00805f9b34fb"

LOSS_OVER_FIRST_METRE_DB = 41
"""Eddystone tells the power at 0 m; "subtract 41 dBm" gives it at 1 m (eddystone-uid/README.md, "Tx Power")."""
