"""What tags send, a file for each beacon format."""
