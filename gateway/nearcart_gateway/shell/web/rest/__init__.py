"""The HTTP API for programs, under ``/api/v1``: keys with roles, pages, problems that say what is allowed."""
