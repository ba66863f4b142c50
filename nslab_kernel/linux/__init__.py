"""The only code that asks Linux for anything."""
