"""An offer tried on what was: the engine itself over stored moments, with its limits counted forward in time."""
