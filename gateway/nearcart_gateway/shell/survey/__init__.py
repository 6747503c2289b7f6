"""The page of ``nearcart survey``: a plan to tap on while somebody walks with a tag."""
