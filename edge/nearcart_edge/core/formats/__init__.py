"""Beacon and wearable formats, one a file; ``registry`` lists them."""
