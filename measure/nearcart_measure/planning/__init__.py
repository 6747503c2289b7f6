"""Before a launch: can it be seen at all, and by when? From the store's own history."""
