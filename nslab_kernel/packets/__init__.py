"""Sends one packet, and sees where it goes."""
