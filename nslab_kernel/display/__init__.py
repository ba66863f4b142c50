"""Turns values into text, HTML and pictures."""
