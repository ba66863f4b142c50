"""Turns values into pictures made of shapes, in no file format yet."""
