"""Exercises: real faults to find and to fix."""
