"""Containers, by the machine's engine or the sandbox's own."""
