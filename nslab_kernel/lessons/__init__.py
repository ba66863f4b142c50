"""What is taught: the steps, whether each is done, and help with it."""
