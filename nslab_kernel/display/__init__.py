"""Values into text, HTML and pictures."""
