"""Other people's scanners: what they publish, read as the adverts they heard. One kind a file."""
