"""Asks the network questions."""
