"""A Network out of Linux, and back into it."""
