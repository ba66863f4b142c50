"""What is taught: what the lessons want."""
