"""What each step of a lesson asks, and whether it is met."""
