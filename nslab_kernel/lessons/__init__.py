"""What is taught: the lessons that there are."""
