"""Reads the lab as a Network, builds a Network, and records steps."""
