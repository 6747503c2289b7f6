"""The ``nearcart`` command: composes the packages, holds no logic of its own."""
