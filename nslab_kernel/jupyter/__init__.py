"""Both wings, inside a notebook."""
