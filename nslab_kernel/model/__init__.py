"""What exists and what happened, as frozen values."""
