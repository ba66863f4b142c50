"""Containers, by the machine's engine or by one in the sandbox."""
