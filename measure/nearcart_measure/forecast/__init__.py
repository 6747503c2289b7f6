"""How much customers will still buy, from how often and when they bought: a forecast, never a result."""
