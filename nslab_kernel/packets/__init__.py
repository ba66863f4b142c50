"""Sends one packet and follows it through the lab."""
