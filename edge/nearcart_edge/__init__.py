"""The edge agent: one per radio. Scan, decode, identify, track, keep, publish."""
