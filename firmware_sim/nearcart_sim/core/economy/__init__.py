"""What shoppers buy, and what an offer changes about it: a world whose true effects are parameters."""
