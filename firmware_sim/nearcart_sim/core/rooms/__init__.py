"""What a room does to radio: one map of mean RSSI a scanner, and what each packet adds to it."""
